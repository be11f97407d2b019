using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>The range of real values that a QuantizeLinear keeps.</summary>
internal static class QuantizedRange
{
    /// <summary>True when the quantizer clamps at least as much as the Relu or Clip in front of it, which then changes nothing (onnxruntime's ReluQuantFusion and ClipQuantFusion).</summary>
    public static bool Implies(NodeProto quantizer, NodeProto activation, OnnxGraph graph)
    {
        if (!graph.TryGetConstant(quantizer.Input[1], out var scale) || !graph.TryGetConstant(quantizer.Input[2], out var zeroPoint))
            return false;
        return Implies(new TensorScale((QuantizedType)zeroPoint.DataType, scale.ToFloats()[0], (int)zeroPoint.ToInt64s()[0]), activation, graph);
    }

    /// <param name="range">What the quantizer keeps.</param>
    /// <param name="activation">The Relu or Clip.</param>
    /// <param name="graph">Has the bounds of a Clip.</param>
    public static bool Implies(TensorScale range, NodeProto activation, OnnxGraph graph)
    {
        var (low, high) = activation.OpType == "Relu" ? (0, float.PositiveInfinity) : (Bound(activation, 1, float.NegativeInfinity, graph), Bound(activation, 2, float.PositiveInfinity, graph));
        return low <= range.Low && high >= range.High;
    }

    private static float Bound(NodeProto clip, int input, float missing, OnnxGraph graph) =>
        clip.Input.Count <= input || clip.Input[input].Length == 0 ? missing : graph.TryGetConstant(clip.Input[input], out var bound) && bound.IsFloat() ? bound.ToFloats()[0] : float.NaN;
}
