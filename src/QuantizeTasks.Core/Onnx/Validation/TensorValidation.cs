using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Onnx.Validation;

/// <summary>Whether a tensor holds as many elements as its extents say.</summary>
internal static class TensorValidation
{
    /// <summary>What is wrong, as the end of a sentence; null when nothing is. The values of external data are checked where they are read.</summary>
    public static string? Problem(TensorProto tensor)
    {
        if (tensor.DataType != (int)DataType.String && TensorData.Bits(tensor.DataType) == 0)
            return $"has the element type {tensor.DataType}, which is none of ONNX's or newer than this version knows";
        if (tensor.Segment is not null)
            return "is stored in segments, which ONNX Runtime does not read";
        foreach (var extent in tensor.Dims)
            if (extent < 0)
                return $"has the negative extent {extent}";
            else if (extent > int.MaxValue)
                return $"has the extent {extent}, which is more than can be indexed";
        if (Elements(tensor) is not { } elements)
            return $"has the extents [{string.Join(", ", tensor.Dims)}], which is more than can be";
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
            return null;
        if (tensor.HasRawData)
            return tensor.DataType == (int)DataType.String ? "stores text as raw bytes"
                : tensor.RawData.Length != TensorData.ByteCount(tensor.DataType, elements) ? $"has {tensor.RawData.Length} bytes, but its extents [{string.Join(", ", tensor.Dims)}] of {(DataType)tensor.DataType} take {TensorData.ByteCount(tensor.DataType, elements)}"
                : null;
        var (found, expected) = Typed(tensor, elements);
        return found == expected ? null : $"has {found} values, but its extents [{string.Join(", ", tensor.Dims)}] of {(DataType)tensor.DataType} take {expected}";
    }

    /// <summary>The product of the extents; null when it, or its size in bytes, does not fit 63 bits.</summary>
    public static long? Elements(TensorProto tensor)
    {
        var product = (Int128)1;
        foreach (var extent in tensor.Dims)
        {
            if (extent == 0)
                return 0;
            product *= extent;
            if (product > long.MaxValue / 128)
                // A zero further on would still make it empty.
                return tensor.Dims.Contains(0) ? 0 : null;
        }
        return (long)product;
    }

    /// <summary>Which typed field holds which element type (onnx.proto, TensorProto).</summary>
    private static (long Found, long Expected) Typed(TensorProto tensor, long elements) => (DataType)tensor.DataType switch
    {
        DataType.Float => (tensor.FloatData.Count, elements),
        DataType.Complex64 => (tensor.FloatData.Count, 2 * elements),
        DataType.Double => (tensor.DoubleData.Count, elements),
        DataType.Complex128 => (tensor.DoubleData.Count, 2 * elements),
        DataType.Int64 => (tensor.Int64Data.Count, elements),
        DataType.Uint32 or DataType.Uint64 => (tensor.Uint64Data.Count, elements),
        DataType.String => (tensor.StringData.Count, elements),
        DataType.Uint4 or DataType.Int4 => (tensor.Int32Data.Count, (elements + 1) / 2),
        _ => (tensor.Int32Data.Count, elements),
    };
}
