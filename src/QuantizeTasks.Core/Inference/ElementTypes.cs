using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Inference;

/// <summary>The .NET types by which ONNX Runtime's API names ONNX's element types.</summary>
internal static class ElementTypes
{
    private static readonly Dictionary<DataType, Type> Types = new()
    {
        [DataType.Float] = typeof(float),
        [DataType.Double] = typeof(double),
        [DataType.Float16] = typeof(Float16),
        [DataType.Bfloat16] = typeof(BFloat16),
        [DataType.Uint8] = typeof(byte),
        [DataType.Int8] = typeof(sbyte),
        [DataType.Uint16] = typeof(ushort),
        [DataType.Int16] = typeof(short),
        [DataType.Uint32] = typeof(uint),
        [DataType.Int32] = typeof(int),
        [DataType.Uint64] = typeof(ulong),
        [DataType.Int64] = typeof(long),
        [DataType.Bool] = typeof(bool),
        [DataType.String] = typeof(string),
    };

    /// <summary>Null for a type that the API has no name for.</summary>
    public static Type? Of(TensorProto tensor) => Types.GetValueOrDefault((DataType)tensor.DataType);

    public static int DataTypeOf(Type type) => (int)Types.FirstOrDefault(t => t.Value == type).Key;
}
