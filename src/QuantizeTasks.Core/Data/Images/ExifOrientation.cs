using System.Buffers.Binary;

namespace QuantizeTasks.Data;

/// <summary>How a camera was held: the tag Orientation (0x0112) of EXIF (CIPA DC-008, 4.6.4), a TIFF directory in a JPEG's APP1 segment. What is damaged is upright.</summary>
internal static class ExifOrientation
{
    private const int Upright = 1;

    /// <summary>1 to 8; 1 (upright) for a file without the tag.</summary>
    public static int Of(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] is >= 0xE0 and <= 0xEF or 0xFE or 0xDB;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length)
                return Upright;
            var segment = file.Slice(at + 4, length - 2);
            if (file[at + 1] == 0xE1 && segment.StartsWith("Exif\0\0"u8))
                return OfTiff(segment[6..]);
            at += 2 + length;
        }
        return Upright;
    }

    /// <summary>The image turned upright.</summary>
    /// <param name="image">uint8 [height, width, channels].</param>
    /// <param name="orientation">1 to 8: which side of the picture the first row and column are.</param>
    public static Tensor Apply(Tensor image, int orientation)
    {
        if (orientation == Upright)
            return image;
        var (height, width, channels, pixels) = (image.Shape[0], image.Shape[1], image.Shape[2], image.As<byte>());
        var isTurned = orientation >= 5;
        var (rows, columns) = isTurned ? (width, height) : (height, width);
        var result = new byte[pixels.Length];
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                var (row, column) = orientation switch
                {
                    2 => (y, width - 1 - x),
                    3 => (height - 1 - y, width - 1 - x),
                    4 => (height - 1 - y, x),
                    5 => (x, y),
                    6 => (height - 1 - x, y),
                    7 => (height - 1 - x, width - 1 - y),
                    _ => (x, width - 1 - y),
                };
                pixels.AsSpan(((row * width) + column) * channels, channels).CopyTo(result.AsSpan(((y * columns) + x) * channels));
            }
        }
        return Tensor.Create(result, rows, columns, channels);
    }

    private static int OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return Upright;
        var isLittle = tiff.StartsWith("II"u8);
        var directory = Int32(tiff[4..], isLittle);
        if (directory > tiff.Length - 2)
            return Upright;
        var entries = Int16(tiff[(int)directory..], isLittle);
        for (var i = 0; i < entries; i++)
        {
            var at = directory + 2 + (12 * i);
            if (at + 12 > tiff.Length)
                return Upright;
            var entry = tiff[(int)at..];
            if (Int16(entry, isLittle) == 0x0112 && Int16(entry[2..], isLittle) == 3)
                return Int16(entry[8..], isLittle) is >= 1 and <= 8 and var orientation ? orientation : Upright;
        }
        return Upright;
    }

    private static int Int16(ReadOnlySpan<byte> bytes, bool isLittle) => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static long Int32(ReadOnlySpan<byte> bytes, bool isLittle) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
