using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Onnx;

/// <summary>Reads and writes the elements of a TensorProto, wherever the exporter put them (raw bytes or typed fields).</summary>
internal static class TensorData
{
    public static bool IsFloat(this TensorProto tensor) => tensor.DataType == (int)DataType.Float;

    public static long Length(this TensorProto tensor) => tensor.Dims.Aggregate(1L, (product, extent) => checked(product * extent));

    public static float[] ToFloats(this TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float => tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [.. tensor.FloatData],
        DataType.Double => [.. (tensor.HasRawData ? MemoryMarshal.Cast<byte, double>(tensor.RawData.Span).ToArray() : [.. tensor.DoubleData]).Select(d => (float)d)],
        _ => throw new InvalidOperationException($"'{tensor.Name}' holds {(DataType)tensor.DataType}, not floats."),
    };

    public static long[] ToInt64s(this TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Int64 => tensor.HasRawData ? MemoryMarshal.Cast<byte, long>(tensor.RawData.Span).ToArray() : [.. tensor.Int64Data],
        DataType.Int32 => [.. (tensor.HasRawData ? MemoryMarshal.Cast<byte, int>(tensor.RawData.Span).ToArray() : [.. tensor.Int32Data]).Select(i => (long)i)],
        _ => throw new InvalidOperationException($"'{tensor.Name}' holds {(DataType)tensor.DataType}, not integers."),
    };

    public static TensorProto Floats(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Float, MemoryMarshal.AsBytes(values), dims);

    public static TensorProto Int8s(string name, ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Int8, MemoryMarshal.AsBytes(values), dims);

    public static TensorProto UInt8s(string name, ReadOnlySpan<byte> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Uint8, values, dims);

    public static TensorProto Int32s(string name, ReadOnlySpan<int> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Int32, MemoryMarshal.AsBytes(values), dims);

    public static TensorProto Int64s(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Int64, MemoryMarshal.AsBytes(values), dims);

    private static TensorProto Raw(string name, DataType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> dims)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(dims.ToArray());
        return tensor;
    }
}
