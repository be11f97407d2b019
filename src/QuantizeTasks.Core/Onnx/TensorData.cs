using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Values;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Onnx;

/// <summary>Reads and writes the elements of a TensorProto, wherever the exporter put them (raw bytes or typed fields).</summary>
internal static class TensorData
{
    public static bool IsFloat(this TensorProto tensor) => tensor.DataType == (int)DataType.Float;

    public static long Length(this TensorProto tensor) => tensor.Dims.Aggregate(1L, (product, extent) => checked(product * extent));

    public static float[] ToFloats(this TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float => tensor.HasRawData ? Elements<float>(tensor) : [.. tensor.FloatData],
        DataType.Double => [.. tensor.ToDoubles().Select(d => (float)d)],
        _ => throw new InvalidOperationException($"'{tensor.Name}' holds {(DataType)tensor.DataType}, not floats."),
    };

    /// <summary>The elements of a tensor of float16 or bfloat16, exactly. In typed form they are the bits, an int32 each (onnx.proto, int32_data).</summary>
    public static float[] HalvesToFloats(this TensorProto tensor)
    {
        var bits = tensor.HasRawData ? Elements<ushort>(tensor) : Array.ConvertAll(tensor.Int32Data.ToArray(), i => (ushort)i);
        // The upper half of a float32 is a bfloat16.
        return (DataType)tensor.DataType == DataType.Bfloat16
            ? Array.ConvertAll(bits, b => BitConverter.UInt32BitsToSingle((uint)b << 16))
            : Array.ConvertAll(bits, b => (float)BitConverter.UInt16BitsToHalf(b));
    }

    public static double[] ToDoubles(this TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Double => tensor.HasRawData ? Elements<double>(tensor) : [.. tensor.DoubleData],
        _ => [.. tensor.ToFloats().Select(f => (double)f)],
    };

    /// <summary>The elements of a tensor of integers or of bools (0 and 1).</summary>
    public static long[] ToInt64s(this TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Int64 => tensor.HasRawData ? Elements<long>(tensor) : [.. tensor.Int64Data],
        DataType.Int32 => Widen<int>(tensor, i => i),
        DataType.Int16 => Widen<short>(tensor, i => i),
        DataType.Uint16 => Widen<ushort>(tensor, i => i),
        DataType.Int8 => Widen<sbyte>(tensor, i => i),
        DataType.Uint8 or DataType.Bool => Widen<byte>(tensor, i => i),
        _ => throw new InvalidOperationException($"'{tensor.Name}' holds {(DataType)tensor.DataType}, not integers."),
    };

    public static TensorProto Floats(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Float, MemoryMarshal.AsBytes(values), dims);

    public static TensorProto Int8s(string name, ReadOnlySpan<sbyte> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Int8, MemoryMarshal.AsBytes(values), dims);

    public static TensorProto UInt8s(string name, ReadOnlySpan<byte> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Uint8, values, dims);

    public static TensorProto Int32s(string name, ReadOnlySpan<int> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Int32, MemoryMarshal.AsBytes(values), dims);

    public static TensorProto Int64s(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> dims) => Raw(name, DataType.Int64, MemoryMarshal.AsBytes(values), dims);

    /// <summary>A tensor of 8-bit or 16-bit integers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dataType">Which of them, as a TensorProto.DataType.</param>
    /// <param name="values">Values that the type can hold.</param>
    /// <param name="dims">The extents.</param>
    /// <exception cref="OverflowException">A value does not fit.</exception>
    public static TensorProto Integers(string name, int dataType, ReadOnlySpan<int> values, params ReadOnlySpan<long> dims) => (DataType)dataType switch
    {
        DataType.Uint8 => Raw(name, DataType.Uint8, Narrow<byte>(values), dims),
        DataType.Int8 => Raw(name, DataType.Int8, Narrow<sbyte>(values), dims),
        DataType.Uint16 => Raw(name, DataType.Uint16, Narrow<ushort>(values), dims),
        DataType.Int16 => Raw(name, DataType.Int16, Narrow<short>(values), dims),
        _ => throw new ArgumentOutOfRangeException(nameof(dataType)),
    };

    /// <summary>A copy of a tensor as a TensorProto; null for text and for element types that ONNX does not have.</summary>
    public static TensorProto? From(string name, Tensor tensor)
    {
        long[] dims = [.. tensor.Shape.Select(extent => (long)extent)];
        // By the element type and not by a type test of the array, to which a byte[] is an sbyte[] too.
        return Type.GetTypeCode(tensor.ElementType) switch
        {
            TypeCode.Single => Raw(name, DataType.Float, MemoryMarshal.AsBytes<float>(tensor.As<float>()), dims),
            TypeCode.Double => Raw(name, DataType.Double, MemoryMarshal.AsBytes<double>(tensor.As<double>()), dims),
            TypeCode.Int64 => Raw(name, DataType.Int64, MemoryMarshal.AsBytes<long>(tensor.As<long>()), dims),
            TypeCode.UInt64 => Raw(name, DataType.Uint64, MemoryMarshal.AsBytes<ulong>(tensor.As<ulong>()), dims),
            TypeCode.Int32 => Raw(name, DataType.Int32, MemoryMarshal.AsBytes<int>(tensor.As<int>()), dims),
            TypeCode.UInt32 => Raw(name, DataType.Uint32, MemoryMarshal.AsBytes<uint>(tensor.As<uint>()), dims),
            TypeCode.Int16 => Raw(name, DataType.Int16, MemoryMarshal.AsBytes<short>(tensor.As<short>()), dims),
            TypeCode.UInt16 => Raw(name, DataType.Uint16, MemoryMarshal.AsBytes<ushort>(tensor.As<ushort>()), dims),
            TypeCode.SByte => Raw(name, DataType.Int8, MemoryMarshal.AsBytes<sbyte>(tensor.As<sbyte>()), dims),
            TypeCode.Byte => Raw(name, DataType.Uint8, MemoryMarshal.AsBytes<byte>(tensor.As<byte>()), dims),
            TypeCode.Boolean => Raw(name, DataType.Bool, MemoryMarshal.AsBytes<bool>(tensor.As<bool>()), dims),
            _ => null,
        };
    }

    /// <summary>Bits of one element; 0 for text and for types that this version does not know (onnx.proto, TensorProto.DataType).</summary>
    public static int Bits(int dataType) => (DataType)dataType switch
    {
        DataType.Uint4 or DataType.Int4 => 4,
        DataType.Uint8 or DataType.Int8 or DataType.Bool or DataType.Float8E4M3Fn or DataType.Float8E4M3Fnuz or DataType.Float8E5M2 or DataType.Float8E5M2Fnuz => 8,
        DataType.Uint16 or DataType.Int16 or DataType.Float16 or DataType.Bfloat16 => 16,
        DataType.Float or DataType.Int32 or DataType.Uint32 => 32,
        DataType.Double or DataType.Int64 or DataType.Uint64 or DataType.Complex64 => 64,
        DataType.Complex128 => 128,
        _ => 0,
    };

    /// <summary>Bytes that this many elements take in raw form; two of four bits share a byte.</summary>
    public static long ByteCount(int dataType, long elements) => ((elements * Bits(dataType)) + 7) / 8;

    /// <summary>About how many bytes the values take in the message.</summary>
    public static long StoredBytes(TensorProto tensor) =>
        tensor.RawData.Length + (4L * tensor.FloatData.Count) + (10L * (tensor.Int32Data.Count + tensor.Int64Data.Count + tensor.Uint64Data.Count)) + (8L * tensor.DoubleData.Count) + tensor.StringData.Sum(s => (long)s.Length);

    /// <summary>Types narrower than 32 bits share the field int32_data, an element each.</summary>
    private static long[] Widen<T>(TensorProto tensor, Func<T, long> widen) where T : unmanaged
    {
        if (!tensor.HasRawData)
            return [.. tensor.Int32Data.Select(i => (long)i)];
        return Array.ConvertAll(Elements<T>(tensor), i => widen(i));
    }

    private static T[] Elements<T>(TensorProto tensor) where T : unmanaged
    {
        var elements = MemoryMarshal.Cast<byte, T>(tensor.RawData.Span).ToArray();
        // A span does not keep a mapped file from being closed.
        GC.KeepAlive(tensor);
        return elements;
    }

    private static ReadOnlySpan<byte> Narrow<T>(ReadOnlySpan<int> values) where T : unmanaged, INumberBase<T>
    {
        var narrow = new T[values.Length];
        for (var i = 0; i < narrow.Length; i++)
            narrow[i] = T.CreateChecked(values[i]);
        return MemoryMarshal.AsBytes<T>(narrow);
    }

    private static TensorProto Raw(string name, DataType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> dims)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ScratchValues.Keep(bytes) };
        tensor.Dims.AddRange(dims.ToArray());
        return tensor;
    }
}
