using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>What an npy file says of itself (numpy.lib.format: magic, version, a Python dictionary literal padded with spaces).</summary>
/// <param name="ElementType">How elements lie in the file.</param>
/// <param name="FortranOrder">True when the first axis varies fastest.</param>
/// <param name="Shape">The extents, the first axis being the samples; at least one.</param>
/// <param name="DataOffset">Where in the file the elements start.</param>
internal sealed partial record NpyHeader(NpyElementType ElementType, bool FortranOrder, int[] Shape, long DataOffset)
{
    /// <summary>numpy itself refuses more than 10000 characters unless told otherwise.</summary>
    private const int MaximalLength = 1 << 16;

    /// <summary>Elements of one sample: the product of all extents but the first.</summary>
    public int RowLength { get; } = Shape.Skip(1).Aggregate(1, (product, extent) => checked(product * extent));

    /// <summary>Bytes of all elements.</summary>
    public long DataLength => checked((long)Shape[0] * RowLength * ElementType.Size);

    /// <summary>Reads the header at the start of <paramref name="file"/> and checks it against the file's length.</summary>
    /// <param name="file">A source of bytes: fills the span from the offset and says how much it could.</param>
    /// <param name="fileLength">The length of the file in bytes.</param>
    /// <param name="name">What a message calls the file.</param>
    public static NpyHeader Read(Func<Memory<byte>, long, int> file, long fileLength, string name)
    {
        var prefix = new byte[12];
        var read = file(prefix, 0);
        if (read < 10 || !prefix.AsSpan(0, 6).SequenceEqual(Magic))
            throw Unreadable(name, "it does not start as an npy file does");
        var version = prefix[6];
        if (version is < 1 or > 3)
            throw Unreadable(name, $"its npy version is {version}; 1, 2 and 3 are known");
        var start = version == 1 ? 10 : 12;
        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(prefix.AsSpan(8)) : read < 12 ? long.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(prefix.AsSpan(8));
        if (length > MaximalLength || start + length > fileLength)
            throw Unreadable(name, "its header is longer than the file or than 65536 bytes");
        var text = new byte[length];
        if (file(text, start) != length)
            throw Unreadable(name, "it ends within its header");
        return Parse((version == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text), start + length, fileLength, name);
    }

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private static NpyHeader Parse(string text, long dataOffset, long fileLength, string name)
    {
        if (StructuredPattern().IsMatch(text))
            throw Unreadable(name, "it is a structured array; save each field as an array of its own");
        var match = Pattern().Match(text);
        if (!match.Success || !match.Groups["descr"].Success || !match.Groups["fortran"].Success || !match.Groups["shape"].Success)
            throw Unreadable(name, $"its header is not understood: {text.Trim()}");
        var descriptor = match.Groups["descr"].Value;
        var elementType = NpyElementType.Find(descriptor)
            ?? throw Unreadable(name, $"its element type is '{descriptor}'; {NpyElementType.Known} are read. Convert it with numpy's astype");
        var shape = ParseShape(match.Groups["shape"].Value, elementType, name);
        var header = new NpyHeader(elementType, match.Groups["fortran"].Value == "True", shape, dataOffset);
        if (dataOffset + header.DataLength > fileLength)
            throw Unreadable(name, $"its header announces {header.DataLength} bytes of [{string.Join(", ", shape)}] {descriptor}, but only {fileLength - dataOffset} follow");
        return header;
    }

    private static int[] ParseShape(string text, NpyElementType elementType, string name)
    {
        var parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length == 0)
            throw Unreadable(name, "it holds a single value; the first axis must be the samples");
        var shape = new int[parts.Length];
        var rowBytes = (long)elementType.Size;
        for (var axis = 0; axis < parts.Length; axis++)
        {
            if (!int.TryParse(parts[axis], NumberStyles.None, CultureInfo.InvariantCulture, out shape[axis]))
                throw Unreadable(name, $"its shape ({text}) is not understood");
            if (axis == 0)
                continue;
            // A row becomes one .NET array; each factor is at most 2^31, so one more never overflows 64 bits.
            rowBytes *= shape[axis];
            if (rowBytes > Array.MaxLength)
                throw Unreadable(name, $"one sample of shape ({text}) is larger than 2 GB");
        }
        return shape;
    }

    internal static QuantizeException Unreadable(string name, string why) =>
        new(DiagnosticCodes.DataUnreadable, $"'{name}' cannot be read: {why}.", new SourcePosition(name));

    [GeneratedRegex(@"^\s*\{\s*(?:(?:'descr'\s*:\s*'(?<descr>[^']{1,16})'|'fortran_order'\s*:\s*(?<fortran>True|False)|'shape'\s*:\s*\((?<shape>[0-9,\s]{0,512})\))\s*,?\s*){3}\}\s*$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"'descr'\s*:\s*\[", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex StructuredPattern();
}
