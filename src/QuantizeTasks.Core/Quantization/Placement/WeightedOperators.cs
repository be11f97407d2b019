using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Reads the constant operand of Conv, Gemm and MatMul, and where its output channels are.</summary>
internal sealed class WeightedOperators(PreparedModel prepared)
{
    private readonly OnnxGraph _graph = prepared.Model.Graph;

    /// <summary>The weights; null with a reason when the operator has no int8 form.</summary>
    public LayerWeights? Read(NodeProto node, out string reason)
    {
        reason = "";
        var input = node.OpType != "Conv" && _graph.IsConstant(node.Input[0]) ? 0 : 1;
        if (node.OpType == "Conv" && _graph.IsConstant(node.Input[0]))
            return No("it convolves a constant", out reason);
        if (!_graph.TryGetConstant(node.Input[input], out var weights))
            return No("its weights are no constant", out reason);
        if (!weights.IsFloat() || weights.Length() == 0)
            return No("its weights are not 32-bit floats", out reason);
        return node.OpType switch
        {
            "Conv" => Conv(node, weights, ref reason),
            "Gemm" => Gemm(node, weights, input, ref reason),
            _ => MatMul(node, weights, input, ref reason),
        };
    }

    /// <summary>The addition of a constant vector right after a MatMul, which is its bias.</summary>
    public (NodeProto Node, string Bias)? BiasAfter(NodeProto matMul, int channels)
    {
        var output = matMul.Output[0];
        if (_graph.IsOutput(output) || _graph.Consumers(output) is not [{ OpType: "Add" } add] || add.Input.Count != 2)
            return null;
        var other = add.Input[0] == output ? add.Input[1] : add.Input[0];
        return IsVector(other, channels, prepared.Tensors.Rank(matMul.Input[0]) ?? 1) ? (add, other) : null;
    }

    private LayerWeights? Conv(NodeProto node, TensorProto weights, ref string reason)
    {
        var (channels, groups) = ((int)weights.Dims[0], (int)node.Int("group", 1));
        if (weights.Dims.Count < 3 || groups < 1 || channels % groups != 0)
            return No("its weights do not fit its groups", out reason);
        var read = new LayerWeights(node.Input[1], 0, channels, null, null, 1) { Groups = groups, IsDepthwise = weights.Dims[1] == 1 && groups == channels && groups > 1 };
        if (node.Input.Count < 3 || node.Input[2].Length == 0)
            return read;
        return IsVector(node.Input[2], channels, 1) ? read with { Bias = node.Input[2], BiasNode = node.Name } : No("its bias is not a constant with one value for each output channel", out reason);
    }

    private LayerWeights? Gemm(NodeProto node, TensorProto weights, int input, ref string reason)
    {
        if (weights.Dims.Count != 2)
            return No("its weights are not a matrix", out reason);
        if (node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1)
            return No("it scales an operand by a factor that could not be folded into a constant", out reason);
        // The axis of the result's rows or columns, and the one that the sums run over, in each operand.
        var (isFirstTransposed, isSecondTransposed) = (node.Int("transA", 0) != 0, node.Int("transB", 0) != 0);
        var axis = input == 0 ? (isFirstTransposed ? 1 : 0) : isSecondTransposed ? 0 : 1;
        var read = new LayerWeights(node.Input[input], axis, (int)weights.Dims[axis], null, null, input == 0 ? -1 : isFirstTransposed ? 0 : 1) { Input = input, NeedsOneScale = input == 0 };
        if (node.Input.Count < 3 || node.Input[2].Length == 0)
            return read;
        return input == 1 && (IsVector(node.Input[2], read.Channels, 2) || IsScalar(node.Input[2])) ? read with { Bias = node.Input[2], BiasNode = node.Name } : read with { AddsApart = true };
    }

    private LayerWeights? MatMul(NodeProto node, TensorProto weights, int input, ref string reason)
    {
        if (weights.Dims.Count < 2)
            return No("its weights are a vector", out reason);
        var activation = prepared.Tensors.Rank(node.Input[1 - input]);
        if (activation < 2)
            return No("its other operand is a vector", out reason);
        var axis = weights.Dims.Count - (input == 0 ? 2 : 1);
        var isBatched = weights.Dims.SkipLast(2).Any(extent => extent != 1);
        // Without its leading axes a stack of one leaves the result's shape alone only when the activation has as many.
        var isStackOfOne = weights.Dims.Count > 2 && !isBatched && activation >= weights.Dims.Count;
        return new LayerWeights(node.Input[input], axis, (int)weights.Dims[axis], null, null, input == 0 || isBatched ? -1 : (activation ?? 0) - 1)
        {
            Input = input,
            IsBatched = isBatched,
            IsStackOfOne = isStackOfOne,
            NeedsOneScale = input == 0 || (weights.Dims.Count > 2 && !isStackOfOne),
        };
    }

    /// <summary>One value for each channel on the last axis, in no more axes than the result has.</summary>
    private bool IsVector(string tensor, int channels, int axes) =>
        _graph.TryGetConstant(tensor, out var value) && value.IsFloat() && value.Dims.Count >= 1 && value.Dims.Count <= axes && value.Dims[^1] == channels && value.Length() == channels;

    private bool IsScalar(string tensor) => _graph.TryGetConstant(tensor, out var value) && value.IsFloat() && value.Length() == 1;

    private static LayerWeights? No(string because, out string reason)
    {
        reason = because;
        return null;
    }
}
