using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>Our tensors as the runtime's, without copying on the way in.</summary>
internal static class OnnxValues
{
    public static NamedOnnxValue Wrap(TensorInfo info, Tensor tensor, string model)
    {
        if (tensor.ElementType != info.ElementType)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The model's input '{info.Name}' takes {info.ElementType.Name}, but the data has {tensor}.", new SourcePosition(model));
        return tensor.Data switch
        {
            float[] data => Dense(info.Name, data, tensor.Shape),
            double[] data => Dense(info.Name, data, tensor.Shape),
            long[] data => Dense(info.Name, data, tensor.Shape),
            int[] data => Dense(info.Name, data, tensor.Shape),
            byte[] data => Dense(info.Name, data, tensor.Shape),
            sbyte[] data => Dense(info.Name, data, tensor.Shape),
            short[] data => Dense(info.Name, data, tensor.Shape),
            ushort[] data => Dense(info.Name, data, tensor.Shape),
            bool[] data => Dense(info.Name, data, tensor.Shape),
            string[] data => Dense(info.Name, data, tensor.Shape),
            _ => throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"Tensors of {tensor.ElementType.Name} cannot be fed to '{info.Name}'.", new SourcePosition(model)),
        };
    }

    public static Tensor Unwrap(DisposableNamedOnnxValue value) => value.ElementType switch
    {
        TensorElementType.Float => Copy<float>(value),
        TensorElementType.Double => Copy<double>(value),
        TensorElementType.Int64 => Copy<long>(value),
        TensorElementType.Int32 => Copy<int>(value),
        TensorElementType.UInt8 => Copy<byte>(value),
        TensorElementType.Int8 => Copy<sbyte>(value),
        TensorElementType.UInt16 => Copy<ushort>(value),
        TensorElementType.Int16 => Copy<short>(value),
        TensorElementType.Bool => Copy<bool>(value),
        TensorElementType.String => Copy<string>(value),
        _ => throw new QuantizeException(DiagnosticCodes.RuntimeRunFailed, $"The output '{value.Name}' holds {value.ElementType}, which cannot be read."),
    };

    private static NamedOnnxValue Dense<T>(string name, T[] data, IReadOnlyList<int> shape) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(data, [.. shape]));

    private static Tensor Copy<T>(DisposableNamedOnnxValue value)
    {
        var tensor = value.AsTensor<T>();
        return Tensor.Create(tensor.ToArray(), tensor.Dimensions.ToArray());
    }
}
