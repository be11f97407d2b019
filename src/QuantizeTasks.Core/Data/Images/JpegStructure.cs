using System.Buffers.Binary;

namespace QuantizeTasks.Data;

/// <summary>
/// Walks the markers of a JPEG (ITU-T T.81, annex B) from the first to the end of the image and refuses whatever libjpeg treats as fatal. Damage in the
/// entropy-coded data itself is not fatal to libjpeg: it decodes on.
/// </summary>
internal ref struct JpegStructure(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly bool[] _quantization = new bool[4];
    private readonly bool[] _huffman = new bool[8];
    private JpegFrame? _frame;
    private bool _scanned;
    private int _at = 2;

    public void Check()
    {
        while (true)
        {
            var marker = NextMarker();
            switch (marker)
            {
                case 0xD9:
                    if (!_scanned)
                        throw new InvalidDataException("it has no picture");
                    return;
                case 0x01 or (>= 0xD0 and <= 0xD7):
                    continue; // No segment follows.
                case 0xD8:
                    throw new InvalidDataException("it starts twice");
            }
            var segment = NextSegment();
            switch (marker)
            {
                case 0xC0 or 0xC1 or 0xC2:
                    if (_frame is not null)
                        throw new InvalidDataException("it has two frames");
                    _frame = new JpegFrame(segment, progressive: marker == 0xC2);
                    break;
                case 0xC4:
                    CheckHuffman(segment);
                    break;
                case >= 0xC3 and <= 0xCF:
                    throw new InvalidDataException("it is a lossless, hierarchical or arithmetic-coded JPEG; save it as baseline or progressive");
                case 0xDB:
                    CheckQuantization(segment);
                    break;
                case 0xDD:
                    if (segment.Length != 2)
                        throw Damaged;
                    break;
                case 0xDA:
                    (_frame ?? throw Damaged).CheckScan(segment, _quantization, _huffman);
                    _scanned = true;
                    SkipEntropyCoded();
                    break;
                case (>= 0xE0 and <= 0xEF) or 0xFE or 0xDC:
                    break; // Application data, comment, number of lines: skipped by libjpeg too.
                default:
                    throw Damaged;
            }
        }
    }

    internal static InvalidDataException Damaged => new("it is damaged");

    private byte NextMarker()
    {
        // libjpeg skips garbage before a marker, with a warning.
        for (; _at + 1 < _bytes.Length; _at++)
        {
            if (_bytes[_at] == 0xFF && _bytes[_at + 1] is not (0x00 or 0xFF))
            {
                _at += 2;
                return _bytes[_at - 1];
            }
        }
        throw new InvalidDataException("it ends before its picture does");
    }

    private ReadOnlySpan<byte> NextSegment()
    {
        if (_at + 2 > _bytes.Length)
            throw Damaged;
        var length = BinaryPrimitives.ReadUInt16BigEndian(_bytes[_at..]);
        if (length < 2 || _at + length > _bytes.Length)
            throw Damaged;
        var segment = _bytes.Slice(_at + 2, length - 2);
        _at += length;
        return segment;
    }

    /// <summary>Up to the next marker that is neither a stuffed byte nor a restart.</summary>
    private void SkipEntropyCoded()
    {
        for (; _at + 1 < _bytes.Length; _at++)
        {
            if (_bytes[_at] == 0xFF && _bytes[_at + 1] is not (0x00 or 0xFF or (>= 0xD0 and <= 0xD7)))
                return;
        }
    }

    private readonly void CheckQuantization(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            var (precision, index) = (segment[0] >> 4, segment[0] & 15);
            var length = 1 + (64 * (precision + 1));
            if (precision > 1 || index > 3 || segment.Length < length)
                throw Damaged;
            _quantization[index] = true;
            segment = segment[length..];
        }
    }

    private readonly void CheckHuffman(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            var (kind, index) = (segment[0] >> 4, segment[0] & 15);
            if (kind > 1 || index > 3 || segment.Length < 17)
                throw Damaged;
            var total = 0;
            var code = 0;
            for (var bits = 1; bits <= 16; bits++)
            {
                // Annex C: codes of one length are consecutive, fit into it, and none is all ones.
                var count = segment[bits];
                total += count;
                code += count;
                if (count > 0 && code >= 1 << bits)
                    throw Damaged;
                code <<= 1;
            }
            if (total > 256 || segment.Length < 17 + total || (kind == 0 && segment.Slice(17, total).ContainsAnyExceptInRange((byte)0, (byte)15)))
                throw Damaged;
            _huffman[(kind * 4) + index] = true;
            segment = segment[(17 + total)..];
        }
    }
}
