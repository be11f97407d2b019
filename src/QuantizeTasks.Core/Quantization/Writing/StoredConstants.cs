using System.Collections.Concurrent;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// Weights of operators that compute in float, as symmetric int8 with a scale for each channel. They depend on no data, so each is computed once, when a configuration first asks for it;
/// operators that share a constant share its int8 form.
/// </summary>
internal sealed class StoredConstants(OnnxGraph graph, TensorNames names, bool isHalfRange)
{
    /// <summary>Those of operators whose kernels compute with the integers.</summary>
    public RecurrentConstants Recurrent { get; } = new(graph, names, isHalfRange);

    private readonly ConcurrentDictionary<(string Tensor, int Axis), (TensorProto Values, TensorProto Scales)> _known = new();

    /// <summary>The integers, and the scales in a shape that broadcasts to theirs.</summary>
    public (TensorProto Values, TensorProto Scales) Of(StoredTensor stored) => _known.GetOrAdd((stored.Tensor, stored.Axis), _ => Encode(stored));

    private (TensorProto, TensorProto) Encode(StoredTensor stored)
    {
        graph.TryGetConstant(stored.Tensor, out var tensor);
        var (values, extent) = (tensor!.ToFloats(), (int)tensor!.Dims[stored.Axis]);
        var stride = tensor.Dims.Skip(stored.Axis + 1).Aggregate(1L, (product, e) => product * e);
        var magnitudes = new float[extent];
        for (var i = 0; i < values.Length; i++)
        {
            ref var magnitude = ref magnitudes[i / stride % extent];
            magnitude = Math.Max(magnitude, Math.Abs(values[i]));
        }
        var levels = QuantizerLevels.Of(8, isNarrow: true);
        var scales = WeightScale.Symmetric(magnitudes, levels);
        var integers = new sbyte[values.Length];
        for (var i = 0; i < integers.Length; i++)
            integers[i] = (sbyte)WeightScale.Quantize(values[i], scales[i / stride % extent], levels);
        var name = names.Derive(stored.Tensor, $"int8_{stored.Axis}");
        long[] dims = [.. tensor.Dims.Select((e, axis) => axis == stored.Axis ? e : 1)];
        return (TensorData.Int8s(name, integers, [.. tensor.Dims]), TensorData.Floats(names.Derive(name, "scale"), [.. scales.Select(s => s.Scale)], dims));
    }
}
