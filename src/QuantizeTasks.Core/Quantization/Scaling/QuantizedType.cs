namespace QuantizeTasks.Quantization.Scaling;

/// <summary>The integer type that a quantized tensor is stored in; the numbers are those of ONNX's TensorProto.DataType.</summary>
internal enum QuantizedType
{
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
}

/// <summary>What the types can hold.</summary>
internal static class QuantizedTypes
{
    public static int Bits(this QuantizedType type) => type is QuantizedType.UInt8 or QuantizedType.Int8 ? 8 : 16;

    public static bool IsSigned(this QuantizedType type) => type is QuantizedType.Int8 or QuantizedType.Int16;

    /// <summary>The smallest value: 0, -128 or -32768.</summary>
    public static int Lowest(this QuantizedType type) => type.IsSigned() ? -(1 << (type.Bits() - 1)) : 0;

    /// <summary>The largest value: 255, 127, 65535 or 32767.</summary>
    public static int Highest(this QuantizedType type) => type.Lowest() + (1 << type.Bits()) - 1;
}
