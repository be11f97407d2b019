using System.Buffers.Binary;

namespace QuantizeTasks.Data;

/// <summary>The frame header of a JPEG (ITU-T T.81, B.2.2) and what it demands of the scans after it.</summary>
internal sealed class JpegFrame
{
    private sealed record Component(byte Id, int Horizontal, int Vertical, int Quantization);

    private readonly Component[] _components;
    private readonly bool _progressive;

    public JpegFrame(ReadOnlySpan<byte> segment, bool progressive)
    {
        _progressive = progressive;
        if (segment.Length < 6 || segment.Length != 6 + (3 * segment[5]))
            throw JpegStructure.Damaged;
        if (segment[0] != 8)
            throw new InvalidDataException($"it has {segment[0]} bits a sample; 8 are read");
        ImageStructure.CheckSize(BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), BinaryPrimitives.ReadUInt16BigEndian(segment[1..]));
        if (segment[5] is not (1 or 3))
            throw new InvalidDataException($"it has {segment[5]} colour components; grey and RGB are read, CMYK is not");
        _components = new Component[segment[5]];
        for (var i = 0; i < _components.Length; i++)
        {
            var part = segment.Slice(6 + (3 * i), 3);
            _components[i] = new Component(part[0], part[1] >> 4, part[1] & 15, part[2]);
        }
        var (widest, highest) = (_components.Max(c => c.Horizontal), _components.Max(c => c.Vertical));
        foreach (var component in _components)
        {
            if (component.Horizontal is < 1 or > 4 || component.Vertical is < 1 or > 4 || component.Quantization > 3)
                throw JpegStructure.Damaged;
            if (widest % component.Horizontal != 0 || highest % component.Vertical != 0)
                throw new InvalidDataException("its chroma subsampling is not a whole number");
        }
        if (_components.DistinctBy(c => c.Id).Count() != _components.Length)
            throw JpegStructure.Damaged;
    }

    /// <summary>Checks a scan header (B.2.3) against the frame and the tables defined so far.</summary>
    public void CheckScan(ReadOnlySpan<byte> segment, bool[] quantization, bool[] huffman)
    {
        if (segment.Length < 1 || segment[0] is < 1 or > 4 || segment.Length != 4 + (2 * segment[0]))
            throw JpegStructure.Damaged;
        var (first, last, approximation) = (segment[^3], segment[^2], segment[^1]);
        var (high, low) = (approximation >> 4, approximation & 15);
        if (_progressive && !IsProgressive(segment[0], first, last, high, low))
            throw JpegStructure.Damaged;
        var seen = new HashSet<byte>();
        var blocks = 0;
        for (var i = 0; i < segment[0]; i++)
        {
            var (id, tables) = (segment[1 + (2 * i)], segment[2 + (2 * i)]);
            var component = Array.Find(_components, c => c.Id == id);
            var (dc, ac) = (tables >> 4, tables & 15);
            if (component is null || !seen.Add(id) || !quantization[component.Quantization] || dc > 3 || ac > 3)
                throw JpegStructure.Damaged;
            // Which tables a scan decodes with: DC only in the first scan of the DC coefficient, AC only from coefficient 1 on.
            var (usesDc, usesAc) = _progressive ? (first == 0 && high == 0, first > 0) : (true, true);
            if ((usesDc && !huffman[dc]) || (usesAc && !huffman[4 + ac]))
                throw JpegStructure.Damaged;
            blocks += component.Horizontal * component.Vertical;
        }
        // B.2.3: at most ten blocks in an interleaved unit.
        if (segment[0] > 1 && blocks > 10)
            throw JpegStructure.Damaged;
    }

    /// <summary>Table G.1: a DC scan has no AC coefficients, an AC scan one component, and a refinement adds one bit.</summary>
    private static bool IsProgressive(int components, int first, int last, int high, int low) =>
        (first == 0 ? last == 0 : last >= first && last <= 63 && components == 1) && (high == 0 || low == high - 1) && low <= 13;
}
