using System.Buffers.Binary;
using System.IO.Compression;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>
/// Reads a PNG (ISO/IEC 15948) as the numbers it stores: palette indices or grey values, not colours, which is what segmentation masks are made of. 1 to 8 bits, not interlaced.
/// </summary>
internal static class IndexPng
{
    /// <summary>Reads a mask.</summary>
    /// <returns>uint8 [height, width].</returns>
    /// <exception cref="QuantizeException">It is missing, damaged, or a PNG of colours.</exception>
    public static Tensor Read(string path)
    {
        try
        {
            return Decode(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The mask cannot be read: {e.Message.TrimEnd('.')}.", new SourcePosition(path), e);
        }
    }

    internal static Tensor Decode(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]))
            throw new InvalidDataException("it is no PNG");
        using var data = new MemoryStream();
        ReadOnlySpan<byte> header = [];
        for (var at = 8; ;)
        {
            if (file.Length - at < 12)
                throw new InvalidDataException("it ends before its picture does");
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
                throw new InvalidDataException("a chunk is longer than the file");
            var type = file.Slice(at + 4, 4);
            var content = file.Slice(at + 8, (int)length);
            if (BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]) != Crc32.Finish(Crc32.Add(Crc32.Start, file.Slice(at + 4, 4 + (int)length))))
                throw new InvalidDataException("a checksum does not fit");
            at += 12 + (int)length;
            if (type.SequenceEqual("IHDR"u8))
                header = content;
            else if (type.SequenceEqual("IDAT"u8))
                data.Write(content);
            else if (type.SequenceEqual("IEND"u8))
                break;
        }
        if (header.Length != 13)
            throw new InvalidDataException("it has no header");
        return Unpack(header, data);
    }

    private static Tensor Unpack(ReadOnlySpan<byte> header, MemoryStream data)
    {
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
        ImageStructure.CheckSize(width, height);
        var (bits, colour) = (header[8], header[9]);
        if (bits is not (1 or 2 or 4 or 8) || colour is not (0 or 3))
            throw new InvalidDataException($"a mask is a grey or palette PNG of 1 to 8 bits whose values are classes; this one has colour type {colour} and {bits} bits");
        if (header[12] != 0)
            throw new InvalidDataException("it is interlaced; save it without interlacing");
        // Deflate makes at most 1032 bytes of one, so a size that the data cannot fill is refused before memory is taken for it.
        var stride = (int)(((width * bits) + 7) / 8);
        if ((stride + 1L) * height > (data.Length * 1032L) + 1024)
            throw new InvalidDataException("it has less data than its size needs");
        data.Position = 0;
        using var rows = new ZLibStream(data, CompressionMode.Decompress);
        var (above, row, pixels) = (new byte[stride], new byte[stride], new byte[width * height]);
        for (var y = 0; y < height; y++)
        {
            var filter = rows.ReadByte();
            if (filter < 0 || rows.ReadAtLeast(row, stride, throwOnEndOfStream: false) < stride)
                throw new InvalidDataException("it ends before its picture does");
            Unfilter(filter, row, above);
            for (var x = 0; x < width; x++)
                pixels[(y * width) + x] = (byte)((row[x * bits / 8] >> (8 - bits - (x * bits % 8))) & ((1 << bits) - 1));
            (above, row) = (row, above);
        }
        return Tensor.Create(pixels, (int)height, (int)width);
    }

    /// <summary>Undoes a filter (9.2) for pixels of at most a byte.</summary>
    private static void Unfilter(int filter, byte[] row, byte[] above)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var (left, up, corner) = (i > 0 ? row[i - 1] : 0, above[i], i > 0 ? above[i - 1] : 0);
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => up,
                3 => (byte)((left + up) / 2),
                4 => (byte)Paeth(left, up, corner),
                _ => throw new InvalidDataException($"it has the filter {filter}; 0 to 4 are known"),
            };
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        var (dl, du, dc) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
    }
}
