using System.Globalization;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Validation;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Onnx;

/// <summary>
/// Values of tensors that lie in files beside the model (ONNX ExternalData.md). A model is untrusted: it reaches only files below its own folder, and only
/// as many bytes are set aside as the file really has.
/// </summary>
internal static class ExternalData
{
    /// <summary>Larger values are read where they lie; smaller ones are not worth the pages.</summary>
    private const int SmallestMapped = 64 << 10;

    /// <summary>Brings all external values into the model.</summary>
    /// <exception cref="QuantizeException">A location leaves the model's folder, a file is missing or too short, or a tensor is larger than 2 GB.</exception>
    /// <returns>Whether there were any.</returns>
    public static bool Read(ModelProto model, string modelPath)
    {
        var files = new Dictionary<string, OpenFile>(StringComparer.Ordinal);
        try
        {
            foreach (var (tensor, place) in ModelTensors.In(model))
            {
                if (tensor.DataLocation != TensorProto.Types.DataLocation.External)
                    continue;
                Replace(tensor, Read(tensor, place, modelPath, files));
            }
            return files.Count > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.ExternalDataInvalid, $"The external data of the model cannot be read: {e.Message}", new SourcePosition(modelPath), e);
        }
        finally
        {
            foreach (var file in files.Values)
                file.Handle.Dispose();
        }
    }

    /// <summary>The files that hold a model's external values, for those who must know what a result depends on. They may not exist.</summary>
    public static IReadOnlyList<string> Files(ModelProto model, string modelPath) =>
        [.. ModelTensors.In(model).Where(t => t.Tensor.DataLocation == TensorProto.Types.DataLocation.External)
            .Select(t => ConfinedPath.Resolve(modelPath, Entry(t.Tensor, "location") ?? "", t.Place)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Puts the values where they would be without external data.</summary>
    public static void Replace(TensorProto tensor, ByteString values)
    {
        tensor.RawData = values;
        tensor.ClearDataLocation();
        tensor.ExternalData.Clear();
    }

    private static ByteString Read(TensorProto tensor, string place, string modelPath, Dictionary<string, OpenFile> files)
    {
        var path = ConfinedPath.Resolve(modelPath, Entry(tensor, "location") ?? "", place);
        if (!files.TryGetValue(path, out var file))
        {
            if (!File.Exists(path))
                throw Invalid($"The {place} has its values in '{path}', which is not there. Put that file beside the model; both were exported together.");
            files[path] = file = new OpenFile(File.OpenHandle(path));
        }
        var available = RandomAccess.GetLength(file.Handle);
        var offset = Number("offset") ?? 0;
        var size = TensorData.ByteCount(tensor.DataType, TensorValidation.Elements(tensor) ?? long.MaxValue / 128);
        var length = Number("length") ?? size;
        if (TensorData.Bits(tensor.DataType) == 0 || length != size)
            throw Invalid($"The {place} says that it has {length} bytes of external data, but its extents [{string.Join(", ", tensor.Dims)}] take {size}.");
        if (offset > available || length > available - offset)
            throw Invalid($"The {place} has its values at the bytes {offset} to {offset + (Int128)length} of '{path}', which has only {available}. The file is cut off, or belongs to another model.");
        if (length > Array.MaxLength)
            throw new QuantizeException(DiagnosticCodes.ModelTooLarge, $"The {place} has {length} bytes; a single tensor may have at most {Array.MaxLength}.", new SourcePosition(modelPath));
        if (file.Slices.TryGetValue((offset, length), out var tied))
            return tied;
        // Otherwise a small file could be asked for a great many times, and tensors could show through each other.
        if (!file.Take(offset, length))
            throw Invalid($"The values of several tensors overlap in '{path}', among them those of the {place}.");
        if (length >= SmallestMapped)
            return file.Slices[(offset, length)] = (file.Mapped ??= MappedFile.Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1))).Slice(offset, (int)length);
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file.Handle, bytes.AsSpan(done), offset + done);
            if (read == 0)
                throw Invalid($"'{path}' became shorter while it was read.");
            done += read;
        }
        return file.Slices[(offset, length)] = UnsafeByteOperations.UnsafeWrap(bytes);

        long? Number(string key)
        {
            if (Entry(tensor, key) is not { } text)
                return null;
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Invalid($"The {place} has the {key} '{text}' for its external data, which is no number of bytes.");
        }

        QuantizeException Invalid(string message) => new(DiagnosticCodes.ExternalDataInvalid, message, new SourcePosition(modelPath));
    }

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;

    /// <summary>A file of values, and what was read of it.</summary>
    private sealed class OpenFile(SafeFileHandle handle)
    {
        public SafeFileHandle Handle { get; } = handle;

        public MappedFile? Mapped { get; set; }

        private readonly SortedSet<(long Start, long End)> _starts = [];

        public Dictionary<(long Offset, long Length), ByteString> Slices { get; } = [];

        /// <summary>Takes a part that nobody has taken any of; false when somebody has.</summary>
        public bool Take(long offset, long length)
        {
            if (length == 0)
                return true;
            var next = _starts.GetViewBetween((offset, 0), (long.MaxValue, long.MaxValue)).Min;
            var previous = _starts.GetViewBetween((long.MinValue, 0), (offset, long.MaxValue)).Max;
            return (next == default || next.Start >= offset + length) && (previous == default || previous.End <= offset) && _starts.Add((offset, offset + length));
        }
    }
}
