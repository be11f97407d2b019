using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>
/// An IDX file (the format of MNIST): two zeros, an element type, the number of axes, their extents, and the elements, all big-endian. A gzipped one is unpacked into a file that vanishes. Read a row (a sample) at a time; reads may be concurrent.
/// </summary>
internal sealed class IdxFile
{
    private const int MostAxes = 8;

    /// <summary>Deflate makes at most so many bytes of one: 258 bytes of 2 bits.</summary>
    private const long MostExpansion = 1032;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly IdxElementType _type;
    private readonly int _offset;

    private IdxFile(string path, SafeFileHandle file, byte[] header, int[] shape, IdxElementType type)
    {
        (_path, _file, Shape, _type, _offset) = (path, file, shape, type, header.Length);
    }

    /// <summary>The extents, the first axis being the samples.</summary>
    public int[] Shape { get; }

    /// <summary>Whether elements are bytes, as those of images are.</summary>
    public bool IsBytes => _type.Name == "uint8";

    public int Count => Shape[0];

    /// <summary>Opens a file.</summary>
    /// <exception cref="QuantizeException">It is missing, or no IDX file.</exception>
    public static IdxFile Open(string path, SourcePosition position)
    {
        if (!File.Exists(path))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path}'.", position);
        try
        {
            return Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path}' cannot be read: {e.Message.TrimEnd('.')}.", position, e);
        }
    }

    /// <summary>Row <paramref name="index"/>.</summary>
    /// <param name="index">0 .. <see cref="Count"/> - 1.</param>
    /// <param name="batchAxis">Whether the shape starts with an extent of 1.</param>
    public Tensor Row(int index, bool batchAxis)
    {
        int[] shape = [.. batchAxis || Shape.Length == 1 ? [1] : (int[])[], .. Shape[1..]];
        var bytes = new byte[shape.Aggregate(1, (product, extent) => product * extent) * _type.Size];
        var start = _offset + ((long)index * bytes.Length);
        for (int done = 0, read; done < bytes.Length; done += read)
            if ((read = RandomAccess.Read(_file, bytes.AsSpan(done), start + done)) == 0)
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{_path}' ended at row {index}; it was changed while it was read.");
        return _type.ToTensor(bytes, shape);
    }

    private static IdxFile Read(string path)
    {
        using var stream = File.OpenRead(path);
        var isPacked = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        stream.Position = 0;
        using Stream content = isPacked ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        var header = ReadHeader(content, out var shape, out var type);
        var bytes = shape.Skip(1).Aggregate((long)type.Size, (product, extent) => Product(product, extent));
        if (bytes > Array.MaxLength)
            throw new InvalidDataException("a sample is larger than 2 GB");
        var total = Product(bytes, shape[0]);
        if (!isPacked)
            return stream.Length - header.Length == total ? new IdxFile(path, File.OpenHandle(path, options: FileOptions.RandomAccess), header, shape, type) : throw Wrong(total, stream.Length - header.Length);
        if (total > stream.Length * MostExpansion)
            throw new InvalidDataException($"its header announces {total} bytes, which {stream.Length} packed ones cannot hold");
        return new IdxFile(path, Unpack(content, header, total), header, shape, type);
    }

    private static byte[] ReadHeader(Stream content, out int[] shape, out IdxElementType type)
    {
        var start = new byte[4];
        content.ReadExactly(start);
        type = start is [0, 0, var code, >= 1 and <= MostAxes] && IdxElementType.Find(code) is { } known ? known
            : throw new InvalidDataException("it does not start as an IDX file does");
        var extents = new byte[4 * start[3]];
        content.ReadExactly(extents);
        shape = [.. Enumerable.Range(0, start[3]).Select(axis => BinaryPrimitives.ReadInt32BigEndian(extents.AsSpan(4 * axis)))];
        return shape.All(extent => extent >= 0) ? [.. start, .. extents] : throw new InvalidDataException("an extent is negative");
    }

    private static SafeFileHandle Unpack(Stream content, byte[] header, long total)
    {
        var handle = VanishingFile.Create();
        try
        {
            RandomAccess.Write(handle, header, 0);
            var buffer = new byte[1 << 16];
            long done = 0;
            for (int read; (read = content.Read(buffer)) > 0; done += read)
            {
                if (done + read > total)
                    throw Wrong(total, done + read);
                RandomAccess.Write(handle, buffer.AsSpan(0, read), header.Length + done);
            }
            return done == total ? handle : throw Wrong(total, done);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static long Product(long product, int extent) =>
        extent == 0 || product <= (long.MaxValue >> 1) / extent ? product * extent : throw new InvalidDataException("its extents are too large");

    private static InvalidDataException Wrong(long announced, long found) => new($"its header announces {announced} bytes, but {found} follow or more");
}
