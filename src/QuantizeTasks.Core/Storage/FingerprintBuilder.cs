using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace QuantizeTasks.Storage;

/// <summary>
/// The identity of a computation: SHA-256 over its kind and its named inputs in the order they are added. Every part is framed by its type and length,
/// so no two different sequences of inputs give the same bytes to hash (("ab","c") is not ("a","bc"), the text "1" is not the number 1).
/// </summary>
internal sealed class FingerprintBuilder : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Starts a fingerprint.</summary>
    /// <param name="kindAndVersion">What is computed and the version of the code that does it, such as <c>calibration/1</c>: a changed algorithm must not find old results.</param>
    public FingerprintBuilder(string kindAndVersion) => AppendText('k', kindAndVersion);

    /// <summary>Adds a text; null differs from the empty text.</summary>
    public FingerprintBuilder Add(string name, string? value)
    {
        AppendText('n', name);
        if (value is null)
            AppendHeader('0', 0);
        else
            AppendText('s', value);
        return this;
    }

    /// <summary>Adds a whole number.</summary>
    public FingerprintBuilder Add(string name, long value)
    {
        AppendText('n', name);
        AppendNumber('i', value);
        return this;
    }

    /// <summary>Adds a number by its bits, so 0 and -0 differ and no digit is lost.</summary>
    public FingerprintBuilder Add(string name, double value)
    {
        AppendText('n', name);
        AppendNumber('d', BitConverter.DoubleToInt64Bits(value));
        return this;
    }

    /// <summary>Adds a truth value.</summary>
    public FingerprintBuilder Add(string name, bool value)
    {
        AppendText('n', name);
        AppendNumber('b', value ? 1 : 0);
        return this;
    }

    /// <summary>Adds bytes.</summary>
    public FingerprintBuilder Add(string name, ReadOnlySpan<byte> value)
    {
        AppendText('n', name);
        AppendHeader('x', value.Length);
        _hash.AppendData(value);
        return this;
    }

    /// <summary>The fingerprint: 64 lower-case hexadecimal digits. Nothing can be added afterwards.</summary>
    public string Finish()
    {
        var hex = Convert.ToHexStringLower(_hash.GetHashAndReset());
        _hash.Dispose();
        return hex;
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void AppendNumber(char type, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        AppendHeader(type, bytes.Length);
        _hash.AppendData(bytes);
    }

    // UTF-16 code units rather than UTF-8: encoding would turn every unpaired surrogate (legal in a file name) into the same replacement character.
    private void AppendText(char type, string text)
    {
        var bytes = MemoryMarshal.AsBytes(text.AsSpan());
        AppendHeader(type, bytes.Length);
        _hash.AppendData(bytes);
    }

    private void AppendHeader(char type, long length)
    {
        Span<byte> header = stackalloc byte[1 + sizeof(long)];
        header[0] = (byte)type;
        BinaryPrimitives.WriteInt64LittleEndian(header[1..], length);
        _hash.AppendData(header);
    }
}
