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
        if (_graph.IsConstant(node.Input[0]))
            return No("its first operand is constant", out reason);
        if (!_graph.TryGetConstant(node.Input[1], out var weights))
            return No("both operands are activations, and the int8 kernel is no faster than the float one then", out reason);
        if (!weights.IsFloat() || weights.Length() == 0)
            return No("its weights are not 32-bit floats", out reason);
        return node.OpType switch
        {
            "Conv" => Conv(node, weights, ref reason),
            "Gemm" => Gemm(node, weights, ref reason),
            _ => MatMul(node, weights, ref reason),
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
        if (weights.Dims.Count is not (3 or 4))
            return No("only convolutions over one or two spatial axes were measured in int8", out reason);
        var (channels, group) = ((int)weights.Dims[0], node.Int("group", 1));
        var isDepthwise = weights.Dims[1] == 1 && group == channels;
        if (group != 1 && !isDepthwise)
            return No($"the int8 kernel for {group} groups is slower than the float one", out reason);
        return WithBias(node, new LayerWeights(node.Input[1], 0, channels, null, null, 1, isDepthwise && group > 1), ref reason);
    }

    private LayerWeights? Gemm(NodeProto node, TensorProto weights, ref string reason)
    {
        if (node.Int("transA", 0) != 0 || node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1 || weights.Dims.Count != 2)
            return No("ONNX Runtime has no int8 kernel for a transposed or scaled first operand", out reason);
        var axis = node.Int("transB", 0) != 0 ? 0 : 1;
        return WithBias(node, new LayerWeights(node.Input[1], axis, (int)weights.Dims[axis], null, null, 1), ref reason);
    }

    private LayerWeights? MatMul(NodeProto node, TensorProto weights, ref string reason)
    {
        if (weights.Dims.Count != 2)
            return No("its weights are not a matrix", out reason);
        if (prepared.Tensors.Rank(node.Input[0]) < 2)
            return No("its first operand is a vector", out reason);
        return new LayerWeights(node.Input[1], 1, (int)weights.Dims[1], null, null, (prepared.Tensors.Rank(node.Input[0]) ?? 0) - 1);
    }

    private LayerWeights? WithBias(NodeProto node, LayerWeights weights, ref string reason)
    {
        if (node.Input.Count < 3 || node.Input[2].Length == 0)
            return weights;
        return IsVector(node.Input[2], weights.Channels, node.OpType == "Gemm" ? 2 : 1) ? weights with { Bias = node.Input[2], BiasNode = node.Name }
            : No("its bias is not a constant with one value for each output channel", out reason);
    }

    /// <summary>One value for each channel on the last axis, in no more axes than the result has.</summary>
    private bool IsVector(string tensor, int channels, int axes) =>
        _graph.TryGetConstant(tensor, out var value) && value.IsFloat() && value.Dims.Count >= 1 && value.Dims.Count <= axes && value.Dims[^1] == channels && value.Length() == channels;

    private static LayerWeights? No(string because, out string reason)
    {
        reason = because;
        return null;
    }
}
