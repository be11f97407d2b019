using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>Our tensors as the runtime's.</summary>
internal static class OnnxValues
{
    /// <summary>Gives the runtime a tensor. Integers are lent: their array stays pinned until the value is disposed.</summary>
    public static OrtValue Wrap(TensorInfo info, Tensor tensor, string model)
    {
        if (tensor.ElementType == typeof(float) && (info.ElementType == typeof(Float16) || info.ElementType == typeof(BFloat16)))
            return WrapHalves(info, tensor, model);
        if (tensor.ElementType != info.ElementType)
            throw Mismatch($"The model's input '{info.Name}' takes {info.ElementType.Name}, but the data has {tensor}.", model);
        CheckShape(info, tensor, model);
        // By type code, not by pattern: to the runtime a sbyte[] is also a byte[], and so on (ECMA-335, I.8.7.1).
        return Type.GetTypeCode(tensor.ElementType) switch
        {
            TypeCode.Single => Align<float>(tensor, TensorElementType.Float),
            TypeCode.Double => Align<double>(tensor, TensorElementType.Double),
            TypeCode.Int64 => Pin<long>(tensor),
            TypeCode.UInt64 => Pin<ulong>(tensor),
            TypeCode.Int32 => Pin<int>(tensor),
            TypeCode.UInt32 => Pin<uint>(tensor),
            TypeCode.Byte => Pin<byte>(tensor),
            TypeCode.SByte => Pin<sbyte>(tensor),
            TypeCode.Int16 => Pin<short>(tensor),
            TypeCode.UInt16 => Pin<ushort>(tensor),
            TypeCode.Boolean => Pin<bool>(tensor),
            TypeCode.String => OrtValue.CreateFromStringTensor(new DenseTensor<string>(tensor.As<string>(), [.. tensor.Shape])),
            _ => throw Mismatch($"Tensors of {tensor.ElementType.Name} cannot be fed to '{info.Name}'.", model),
        };
    }

    private static OrtValue WrapHalves(TensorInfo info, Tensor tensor, string model)
    {
        CheckShape(info, tensor, model);
        long[] shape = [.. tensor.Shape.Select(e => (long)e)];
        var isBrain = info.ElementType == typeof(BFloat16);
        if (!HalfValues.TryConvert(tensor.As<float>(), isBrain, out var halves, out var offending))
            throw Mismatch($"The model's input '{info.Name}' takes {(isBrain ? "bfloat16" : "float16")}, which the value {offending:R} in the data does not fit.", model);
        return isBrain
            ? OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(halves, bits => new BFloat16(bits)), shape)
            : OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(halves, bits => new Float16(bits)), shape);
    }

    public static Tensor Unwrap(string name, OrtValue value)
    {
        if (value.OnnxType != OnnxValueType.ONNX_TYPE_TENSOR)
            throw new QuantizeException(DiagnosticCodes.RuntimeRunFailed, $"The output '{name}' is not a tensor but {value.OnnxType}, which cannot be evaluated.");
        var info = value.GetTensorTypeAndShape();
        var shape = Array.ConvertAll(info.Shape, extent => checked((int)extent));
        return info.ElementDataType switch
        {
            TensorElementType.Float => Copy<float>(value, shape),
            TensorElementType.Double => Copy<double>(value, shape),
            TensorElementType.Int64 => Copy<long>(value, shape),
            TensorElementType.UInt64 => Copy<ulong>(value, shape),
            TensorElementType.Int32 => Copy<int>(value, shape),
            TensorElementType.UInt32 => Copy<uint>(value, shape),
            TensorElementType.UInt8 => Copy<byte>(value, shape),
            TensorElementType.Int8 => Copy<sbyte>(value, shape),
            TensorElementType.UInt16 => Copy<ushort>(value, shape),
            TensorElementType.Int16 => Copy<short>(value, shape),
            TensorElementType.Bool => Copy<bool>(value, shape),
            TensorElementType.String => Tensor.Create(value.GetStringTensorAsArray(), shape),
            TensorElementType.Float16 => Tensor.Create(HalfValues.ToFloats(MemoryMarshal.Cast<byte, ushort>(Bytes(value)), isBrain: false), shape),
            TensorElementType.BFloat16 => Tensor.Create(HalfValues.ToFloats(MemoryMarshal.Cast<byte, ushort>(Bytes(value)), isBrain: true), shape),
            var type => throw new QuantizeException(DiagnosticCodes.RuntimeRunFailed, $"The output '{name}' holds {type}, which cannot be evaluated."),
        };
    }

    /// <summary>The elements of a float tensor where they lie; gone when the value is disposed.</summary>
    public static ReadOnlySpan<float> Floats(string name, OrtValue value) =>
        value.OnnxType == OnnxValueType.ONNX_TYPE_TENSOR && value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float
            ? value.GetTensorDataAsSpan<float>()
            : throw new QuantizeException(DiagnosticCodes.RuntimeRunFailed, $"The tensor '{name}' does not hold floats.");

    /// <summary>The runtime would say the same less clearly, and only after the data has been through preprocessing.</summary>
    private static void CheckShape(TensorInfo info, Tensor tensor, string model)
    {
        // The runtime reports no extents for a scalar and for an input of unknown rank alike.
        var fits = info.Shape.Count == 0 || info.Shape.Count == tensor.Shape.Count;
        for (var axis = 0; fits && axis < info.Shape.Count; axis++)
            fits = info.Shape[axis] < 0 || info.Shape[axis] == tensor.Shape[axis];
        if (!fits)
            throw Mismatch($"The model's input '{info.Name}' takes the shape [{string.Join(", ", info.Shape.Select(e => e < 0 ? "?" : $"{e}"))}], but the data has [{string.Join(", ", tensor.Shape)}]. Check the preprocessing steps (size, layout, colour).", model);
    }

    private static QuantizeException Mismatch(string message, string model) => new(DiagnosticCodes.ShapeMismatch, message, new SourcePosition(model));

    /// <summary>
    /// Copies floats into memory of the runtime's own. Its sums go in vectors from the first aligned address on (Eigen, Redux.h), so that what they round to depends on where an array happens to lie; memory
    /// of its own always lies alike.
    /// </summary>
    private static OrtValue Align<T>(Tensor tensor, TensorElementType type) where T : unmanaged
    {
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, [.. tensor.Shape.Select(e => (long)e)]);
        tensor.As<T>().CopyTo(value.GetTensorMutableDataAsSpan<T>());
        return value;
    }

    private static OrtValue Pin<T>(Tensor tensor) where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(tensor.As<T>(), [.. tensor.Shape.Select(e => (long)e)]);

    private static Tensor Copy<T>(OrtValue value, int[] shape) where T : unmanaged => Tensor.Create(value.GetTensorDataAsSpan<T>().ToArray(), shape);

    private static Span<byte> Bytes(OrtValue value) => value.GetTensorMutableRawData();
}
