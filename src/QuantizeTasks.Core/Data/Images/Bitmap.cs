using System.Buffers.Binary;

namespace QuantizeTasks.Data;

/// <summary>
/// Decodes Windows bitmaps (BITMAPINFOHEADER and its successors, wingdi.h): uncompressed with 1, 4 or 8 bits and a palette, 24 bits, or 32 bits, whose fourth byte is not read. Rows lie bottom up unless the height is negative.
/// </summary>
internal static class Bitmap
{
    private const int FileHeader = 14;

    /// <returns>uint8 [height, width, 3] in RGB order.</returns>
    /// <exception cref="InvalidDataException">It is damaged, too large or of a kind that is not read.</exception>
    public static Tensor Decode(ReadOnlySpan<byte> file)
    {
        if (file.Length < FileHeader + 40)
            throw new InvalidDataException("it ends within its header");
        var (pixels, header) = (BinaryPrimitives.ReadUInt32LittleEndian(file[10..]), BinaryPrimitives.ReadUInt32LittleEndian(file[14..]));
        if (header < 40)
            throw new InvalidDataException("it is an OS/2 bitmap; save it as a Windows one");
        var (width, signedHeight) = (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        var (bits, compression) = (BinaryPrimitives.ReadUInt16LittleEndian(file[28..]), BinaryPrimitives.ReadUInt32LittleEndian(file[30..]));
        var height = Math.Abs((long)signedHeight);
        ImageStructure.CheckSize(width, height);
        // BI_BITFIELDS (3) with 32 bits: read when the masks are the usual ones, which stand right behind the first 40 bytes.
        var isUsual = compression == 0 || (compression == 3 && bits == 32 && file.Length >= 66
            && BinaryPrimitives.ReadUInt32LittleEndian(file[54..]) == 0xFF0000 && BinaryPrimitives.ReadUInt32LittleEndian(file[58..]) == 0xFF00 && BinaryPrimitives.ReadUInt32LittleEndian(file[62..]) == 0xFF);
        if (!isUsual || bits is not (1 or 4 or 8 or 24 or 32))
            throw new InvalidDataException($"it is a bitmap of {bits} bits with compression {compression}; uncompressed ones of 1, 4, 8, 24 and 32 bits are read");
        var stride = ((((long)width * bits) + 31) / 32) * 4;
        if (pixels + (stride * height) > file.Length)
            throw new InvalidDataException("it ends before its picture does");
        var palette = bits > 8 ? default : Palette(file, FileHeader + (long)header, pixels, BinaryPrimitives.ReadUInt32LittleEndian(file[46..]), bits);
        var result = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            var row = file.Slice((int)(pixels + (stride * (signedHeight < 0 ? y : height - 1 - y))), (int)stride);
            ReadRow(row, result.AsSpan((int)(y * width * 3), width * 3), bits, palette);
        }
        return Tensor.Create(result, (int)height, width, 3);
    }

    private static ReadOnlySpan<byte> Palette(ReadOnlySpan<byte> file, long start, long end, uint colours, int bits)
    {
        var count = colours == 0 ? 1u << bits : colours;
        if (count > 256 || start + (count * 4) > Math.Min(end, file.Length))
            throw new InvalidDataException("its palette does not fit in the file");
        return file.Slice((int)start, (int)count * 4);
    }

    private static void ReadRow(ReadOnlySpan<byte> row, Span<byte> rgb, int bits, ReadOnlySpan<byte> palette)
    {
        for (var x = 0; x < rgb.Length / 3; x++)
        {
            ReadOnlySpan<byte> bgr;
            if (bits > 8)
            {
                bgr = row.Slice(x * bits / 8, 3);
            }
            else
            {
                var index = (row[x * bits / 8] >> (8 - bits - (x * bits % 8))) & ((1 << bits) - 1);
                bgr = index * 4 < palette.Length ? palette.Slice(index * 4, 3) : throw new InvalidDataException("a pixel has a colour that its palette lacks");
            }
            (rgb[x * 3], rgb[(x * 3) + 1], rgb[(x * 3) + 2]) = (bgr[2], bgr[1], bgr[0]);
        }
    }
}
