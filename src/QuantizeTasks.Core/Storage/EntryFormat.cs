using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace QuantizeTasks.Storage;

/// <summary>What the first bytes of an entry say of it; not verified yet.</summary>
/// <param name="Key">64 lower-case hexadecimal digits.</param>
/// <param name="Kind">What was computed, such as <c>observations/2</c>.</param>
/// <param name="Length">Bytes of the payload.</param>
/// <param name="Hash">SHA-256 of kind and payload.</param>
internal sealed record EntryHeader(string Key, string Kind, long Length, byte[] Hash);

/// <summary>
/// The bytes of a store entry: magic "QTZE", format version (uint32), key (32 bytes), kind (32 bytes of ASCII, filled with zeros), payload length (int64), SHA-256 of kind and payload (32 bytes),
/// payload; little-endian. Every byte of it is checked on reading, so a damaged entry is never taken for a result.
/// </summary>
internal static class EntryFormat
{
    public const int HeaderSize = HashOffset + SHA256.HashSizeInBytes;

    private const uint Magic = 0x455A_5451;
    private const uint Version = 2;
    private const int KeySize = SHA256.HashSizeInBytes;
    private const int KindSize = 32;
    private const int KindOffset = 8 + KeySize;
    private const int LengthOffset = KindOffset + KindSize;
    private const int HashOffset = LengthOffset + sizeof(long);

    public static byte[] Header(string key, string kind, ReadOnlySpan<byte> payload)
    {
        if (kind.Length is 0 or > KindSize || !kind.All(IsKindCharacter))
            throw new ArgumentException($"'{kind}' is no kind of entry: it has to be 1 to {KindSize} printable ASCII characters.", nameof(kind));
        var header = new byte[HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), Version);
        Convert.FromHexString(key).CopyTo(header, 8);
        Encoding.ASCII.GetBytes(kind, header.AsSpan(KindOffset, KindSize));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(LengthOffset), payload.Length);
        Hash(header.AsSpan(KindOffset, KindSize), payload).CopyTo(header, HashOffset);
        return header;
    }

    /// <summary>Reads the header of an entry; false when there is none here.</summary>
    public static bool TryReadHeader(Stream stream, [NotNullWhen(true)] out EntryHeader? header)
    {
        header = null;
        Span<byte> bytes = stackalloc byte[HeaderSize];
        if (stream.ReadAtLeast(bytes, HeaderSize, throwOnEndOfStream: false) < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Version)
            return false;
        var field = bytes.Slice(KindOffset, KindSize);
        var kind = Encoding.ASCII.GetString(field.TrimEnd((byte)0));
        if (kind.Length == 0 || !kind.All(IsKindCharacter))
            return false;
        header = new EntryHeader(Convert.ToHexStringLower(bytes.Slice(8, KeySize)), kind, BinaryPrimitives.ReadInt64LittleEndian(bytes[LengthOffset..]), bytes[HashOffset..].ToArray());
        return true;
    }

    /// <summary>Reads what follows a header, or says that it is not the whole, unchanged payload.</summary>
    /// <param name="stream">Stands behind the header.</param>
    /// <param name="header">What it said.</param>
    /// <param name="available">How many bytes there are at most. The length is believed only up to that: a damaged one must not decide how much memory is taken.</param>
    /// <param name="payload">The payload.</param>
    public static bool TryReadPayload(Stream stream, EntryHeader header, long available, [NotNullWhen(true)] out byte[]? payload)
    {
        payload = null;
        if (header.Length < 0 || header.Length > Array.MaxLength || header.Length > available)
            return false;
        var bytes = GC.AllocateUninitializedArray<byte>((int)header.Length);
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            return false;
        Span<byte> kind = stackalloc byte[KindSize];
        kind.Clear();
        Encoding.ASCII.GetBytes(header.Kind, kind);
        if (!Hash(kind, bytes).AsSpan().SequenceEqual(header.Hash))
            return false;
        payload = bytes;
        return true;
    }

    private static byte[] Hash(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(kind);
        hash.AppendData(payload);
        return hash.GetHashAndReset();
    }

    private static bool IsKindCharacter(char c) => c is >= ' ' and <= '~';
}
