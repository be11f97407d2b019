using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>A node that is linear in a constant weight, with the constant bias it may have: Conv, ConvTranspose, Gemm, or MatMul with the Add behind it.</summary>
/// <param name="Node">The node that reads the weight.</param>
/// <param name="Tail">The node whose output is the layer's: the Add of a MatMul, otherwise <paramref name="Node"/>.</param>
/// <param name="BiasInput">Which input of <paramref name="Tail"/> is the bias; -1 when there is none and it has no place for one.</param>
/// <param name="Channels">Number of output channels.</param>
/// <param name="Axis">Axis of the channels in the output.</param>
/// <param name="Rank">Number of axes of the output.</param>
/// <param name="ChannelOf">The output channel that an element of the weight, by its row-major position, belongs to.</param>
internal sealed record LinearLayer(NodeProto Node, NodeProto Tail, int BiasInput, int Channels, int Axis, int Rank, Func<int, int> ChannelOf)
{
    /// <summary>The layer that starts at a node; null when it is none, or its weight or bias is not a constant of floats.</summary>
    public static LinearLayer? Of(OnnxGraph graph, NodeProto node, TensorCatalogue tensors)
    {
        if (node.Domain is not ("" or "ai.onnx") || node.Input.Count < 2 || !graph.TryGetConstant(node.Input[1], out var weight) || !weight.IsFloat() || weight.Dims.Contains(0))
            return null;
        var layer = node.OpType switch
        {
            "Conv" => Convolution(node, weight),
            "ConvTranspose" => Transposed(node, weight),
            "Gemm" => Gemm(node, weight),
            "MatMul" when weight.Dims.Count >= 2 => MatMul(graph, node, weight, tensors),
            _ => null,
        };
        return layer is null || layer.Bias(graph) is null ? null : layer;
    }

    /// <summary>The bias, zeros when there is none; null when it is not constant or has another shape than one value a channel.</summary>
    public double[]? Bias(OnnxGraph graph) =>
        BiasInput >= 0 && BiasInput < Tail.Input.Count && Tail.Input[BiasInput].Length > 0
            ? ChannelAffine.PerChannel(graph, Tail.Input[BiasInput], Node.OpType is "Conv" or "ConvTranspose" ? 1 : Rank, Node.OpType is "Conv" or "ConvTranspose" ? 0 : Axis, Channels)
            : new double[Channels];

    private static LinearLayer? Convolution(NodeProto node, TensorProto weight)
    {
        if (weight.Dims.Count < 3)
            return null;
        var perChannel = (int)(weight.Length() / weight.Dims[0]);
        return new(node, node, 2, (int)weight.Dims[0], 1, weight.Dims.Count, i => i / perChannel);
    }

    /// <summary>The weight of ConvTranspose is [input channels, output channels per group, ...].</summary>
    private static LinearLayer? Transposed(NodeProto node, TensorProto weight)
    {
        var groups = (int)node.Int("group", 1);
        if (groups < 1 || weight.Dims.Count < 3)
            return null;
        var perGroup = (int)weight.Dims[1];
        var perInput = (int)(weight.Length() / weight.Dims[0]);
        var kernel = perInput / perGroup;
        var inputsPerGroup = Math.Max(1, (int)weight.Dims[0] / groups);
        return new(node, node, 2, perGroup * groups, 1, weight.Dims.Count, i => (i / perInput / inputsPerGroup * perGroup) + (i / kernel % perGroup));
    }

    /// <summary>Only with alpha = beta = 1, which <see cref="GemmFactors"/> sees to.</summary>
    private static LinearLayer? Gemm(NodeProto node, TensorProto weight)
    {
        if (node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1 || weight.Dims.Count != 2)
            return null;
        var (rows, columns) = ((int)weight.Dims[0], (int)weight.Dims[1]);
        return node.Int("transB", 0) != 0
            ? new(node, node, 2, rows, 1, 2, i => i / columns)
            : new(node, node, 2, columns, 1, 2, i => i % columns);
    }

    private static LinearLayer MatMul(OnnxGraph graph, NodeProto node, TensorProto weight, TensorCatalogue tensors)
    {
        var columns = (int)weight.Dims[^1];
        // With an unknown rank only what broadcasts along the last axis is certain.
        var rank = tensors.Rank(node.Output[0]) ?? 1;
        var layer = new LinearLayer(node, node, -1, columns, rank - 1, rank, i => i % columns);
        if (SoleReader(graph, node.Output[0]) is not { OpType: "Add", Domain: "" or "ai.onnx" } add || add.Input.Count(i => i == node.Output[0]) != 1)
            return layer;
        var bias = add.Input[0] == node.Output[0] ? 1 : 0;
        return ChannelAffine.PerChannel(graph, add.Input[bias], rank, rank - 1, columns) is null ? layer : layer with { Tail = add, BiasInput = bias };
    }

    /// <summary>The only node that reads a tensor; null when there are others, or the caller reads it.</summary>
    public static NodeProto? SoleReader(OnnxGraph graph, string tensor) => !graph.IsOutput(tensor) && graph.Consumers(tensor) is [var only] ? only : null;
}
