using System.Buffers;
using System.IO.MemoryMappedFiles;
using Google.Protobuf;

namespace QuantizeTasks.Onnx.Values;

/// <summary>
/// A file whose bytes are read where they lie: the system brings in what is looked at and may take it out again, so that a model larger than memory
/// costs only what is being worked on. It stays open as long as anybody has a slice of it. Do not cut such a file off while it is in use: the process would end.
/// </summary>
internal sealed unsafe class MappedFile
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private MappedFile(MemoryMappedFile file, MemoryMappedViewAccessor view)
    {
        (_file, _view) = (file, view);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += view.PointerOffset;
    }

    // The view's handle counts the pointer above as a user, and would never be closed.
    ~MappedFile()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    /// <summary>Maps a file that is not empty.</summary>
    /// <param name="stream">The file; closed when the last slice is gone.</param>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    public static MappedFile Open(FileStream stream)
    {
        var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        return new MappedFile(file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read));
    }

    /// <summary>A part of the file.</summary>
    /// <exception cref="IOException">It does not lie inside.</exception>
    public ByteString Slice(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > _view.Capacity - length)
            throw new IOException("The file became shorter while it was read.");
        return UnsafeByteOperations.UnsafeWrap(new Part(this, offset, length).Memory);
    }

    private sealed class Part(MappedFile file, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(file._start + offset, length);

        /// <summary>Memory of the system does not move; the handle keeps the file from being closed.</summary>
        public override MemoryHandle Pin(int elementIndex = 0) => new(file._start + offset + elementIndex, default, this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
