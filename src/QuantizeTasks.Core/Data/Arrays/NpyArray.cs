using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>An npy array on disk, read a row (a sample) at a time: memory does not grow with the file. Reads may be concurrent.</summary>
internal sealed class NpyArray : IDisposable
{
    private readonly string _name;
    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;

    private NpyArray(string name, SafeFileHandle file)
    {
        _name = name;
        _file = file;
        var length = RandomAccess.GetLength(file);
        Header = NpyHeader.Read((buffer, offset) => Fill(buffer.Span, offset), length, name);
        if (Header.FortranOrder && Header.DataLength > 0)
        {
            // The elements of a row lie Count elements apart. Mapping lets the page cache serve them; a read per element would be a system call each.
            _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _map.CreateViewAccessor(Header.DataOffset, Header.DataLength, MemoryMappedFileAccess.Read);
        }
    }

    public NpyHeader Header { get; }

    /// <summary>The first axis: how many samples there are.</summary>
    public int Count => Header.Shape[0];

    /// <summary>The shape of one sample, without the first axis.</summary>
    public ReadOnlySpan<int> RowShape => Header.Shape.AsSpan(1);

    /// <summary>Opens <c>file.npy</c> or <c>file.npz#member</c>.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="position">Where the manifest names it.</param>
    /// <exception cref="QuantizeException">The file is missing, or not an npy array of at least one axis.</exception>
    public static NpyArray Open(string path, SourcePosition position)
    {
        var handle = ArrayPath.Parse(path).OpenFile(position);
        try
        {
            return new NpyArray(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Row <paramref name="index"/>.</summary>
    /// <param name="index">0 .. <see cref="Count"/> - 1.</param>
    /// <param name="batchAxis">Whether the shape starts with an extent of 1.</param>
    public Tensor Row(int index, bool batchAxis)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var bytes = new byte[Header.RowLength * Header.ElementType.Size];
        if (_view is null)
            ReadContiguous(bytes, index);
        else
            ReadStrided(bytes, index);
        return Header.ElementType.ToTensor(bytes, batchAxis ? [1, .. RowShape] : [.. RowShape]);
    }

    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
        _file.Dispose();
    }

    private void ReadContiguous(byte[] bytes, int index)
    {
        if (Fill(bytes, Header.DataOffset + ((long)index * bytes.Length)) != bytes.Length)
            throw NpyHeader.Unreadable(_name, $"it ended at row {index}; it was changed while it was read");
    }

    /// <summary>Fortran order: element (i, j, k, ...) lies at i + n0 * (j + n1 * (k + ...)). Written in row-major order of (j, k, ...).</summary>
    private void ReadStrided(byte[] bytes, int index)
    {
        var size = Header.ElementType.Size;
        var shape = RowShape;
        var strides = new long[shape.Length];
        var stride = (long)Count * size;
        for (var axis = 0; axis < shape.Length; stride *= shape[axis++])
            strides[axis] = stride;
        var counters = new int[shape.Length];
        var source = (long)index * size;
        for (var target = 0; target < bytes.Length; target += size)
        {
            _view!.ReadArray(source, bytes, target, size);
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                source += strides[axis];
                if (++counters[axis] < shape[axis])
                    break;
                source -= strides[axis] * shape[axis];
                counters[axis] = 0;
            }
        }
    }

    private int Fill(Span<byte> buffer, long offset)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(_file, buffer[total..], offset + total);
            if (read == 0)
                break;
            total += read;
        }
        return total;
    }
}
