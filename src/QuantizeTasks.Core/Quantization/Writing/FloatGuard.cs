using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// How a float operator has to read an int8 tensor so that the runtime leaves it in float. Between a DequantizeLinear and a QuantizeLinear the runtime turns
/// some operators into their int8 form by itself, and it quantizes the float weights of others, per tensor (onnxruntime's WeightBiasQuantization). It does so
/// only for a scalar scale: a vector of equal scales computes the same and keeps it off. Operators whose int8 form it makes without looking at
/// the scale, and then fails on it, are also kept apart from the DequantizeLinear by a Reshape to the same shape, which copies nothing.
/// </summary>
/// <param name="Axis">The axis that the vector of scales lies along.</param>
/// <param name="Extent">Its extent.</param>
/// <param name="Rank">Number of axes of the tensor.</param>
/// <param name="NeedsReshape">Whether the Reshape is needed.</param>
internal sealed record FloatGuard(int Axis, int Extent, int Rank, bool NeedsReshape)
{
    /// <summary>The guard for one input of a float operator; null where none is needed, or where no extent is known to make the vector from.</summary>
    /// <param name="node">The operator.</param>
    /// <param name="input">Which of its inputs.</param>
    /// <param name="isReverted">True for a layer that would be in int8 in another configuration.</param>
    /// <param name="prepared">The float model.</param>
    public static FloatGuard? For(NodeProto node, int input, bool isReverted, PreparedModel prepared)
    {
        var hasWeights = node.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul";
        // The int8 kernels of these are several times slower than float; those of other operators that stay in float give the same values, faster.
        if (!hasWeights && !isReverted && node.OpType is not ("AveragePool" or "Softmax"))
            return null;
        if (prepared.Tensors.Shape(node.Input[input]) is not { Count: > 0 } shape)
            return null;
        int[] preferred = node.OpType is "MatMul" ? [shape.Count - 1] : shape.Count > 1 ? [1, shape.Count - 1] : [0];
        foreach (var axis in preferred.Concat(Enumerable.Range(0, shape.Count)))
            if (ExtentOf(node, shape, axis, prepared.Model.Graph) is > 0 and var extent)
                return new FloatGuard(axis, extent, shape.Count, !hasWeights);
        return null;
    }

    /// <summary>The extent from the tensor's shape, or where that is open from the weights.</summary>
    private static int ExtentOf(NodeProto node, IReadOnlyList<int> shape, int axis, OnnxGraph graph)
    {
        if (shape[axis] > 0)
            return shape[axis];
        if (node.Input.Count < 2 || !graph.TryGetConstant(node.Input[1], out var weights))
            return -1;
        return (node.OpType, axis) switch
        {
            ("Conv", 1) => (int)(weights.Dims[1] * node.Int("group", 1)),
            ("ConvTranspose", 1) => (int)weights.Dims[0],
            _ => -1,
        };
    }
}
