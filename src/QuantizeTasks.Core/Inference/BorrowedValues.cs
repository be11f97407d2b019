using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Inference;

/// <summary>
/// The values of a model that lie outside its message, lent to a session: the runtime reads them where they are, in memory or in a mapped file, and makes
/// no copy (graph.cc, InjectExternalInitializedTensors). They must not move or go away before the session does.
/// </summary>
internal sealed unsafe class BorrowedValues : IDisposable
{
    private readonly List<MemoryHandle> _pins = [];

    /// <summary>Lends the values to every session that is made with these options.</summary>
    public BorrowedValues(SessionOptions options, ImmutableArray<ExternalValue> values)
    {
        var (names, handles) = (new List<nint>(), new List<nint>());
        var memory = RuntimeFunctions.DescribeMemory();
        try
        {
            foreach (var value in values)
            {
                var pin = value.Bytes.Memory.Pin();
                _pins.Add(pin);
                names.Add(Marshal.StringToCoTaskMemUTF8(value.Name));
                handles.Add(RuntimeFunctions.CreateValue(memory, pin.Pointer, value.Bytes.Length, value.Dims.AsSpan(), value.DataType));
            }
            RuntimeFunctions.AddExternalInitializers(options.DangerousGetHandle(), CollectionsMarshal.AsSpan(names), CollectionsMarshal.AsSpan(handles));
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            handles.ForEach(RuntimeFunctions.Release);
            names.ForEach(Marshal.FreeCoTaskMem);
            RuntimeFunctions.ReleaseMemoryDescription(memory);
        }
    }

    public void Dispose()
    {
        foreach (var pin in _pins)
            pin.Dispose();
        _pins.Clear();
    }
}
