using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Finds what before a tensor can divide its channels by factors at no cost: constants that are multiplied or added channel by channel (the scale and bias of a LayerNormalization, whole
/// or spelled out), or the weights of a linear layer, through Relu and the like.
/// </summary>
internal sealed class ScaleAbsorber(OnnxGraph graph, TensorCatalogue tensors, IReadOnlyDictionary<string, ScalableLayer> layersByOutput)
{
    private readonly List<Action<double[]>> _edits = [];
    private string? _obstacle;

    /// <summary>What has to be done to the graph, given the factors; null with the reason when nothing can take them.</summary>
    /// <param name="tensor">The tensor whose last axis is divided.</param>
    /// <param name="channels">Extent of that axis.</param>
    /// <param name="obstacle">Why not.</param>
    public IReadOnlyList<Action<double[]>>? Find(string tensor, int channels, out string obstacle)
    {
        _edits.Clear();
        _obstacle = null;
        var found = Absorb(tensor, channels);
        obstacle = _obstacle ?? "";
        return found ? [.. _edits] : null;
    }

    private bool Absorb(string tensor, int channels)
    {
        if (layersByOutput.TryGetValue(tensor, out var layer))
        {
            if (layer.OutputAxis != (tensors.Rank(tensor) ?? 0) - 1)
                return No($"the channels of '{layer.Name}' are on another axis");
            _edits.Add(factors => layer.DivideOutputs(factors));
            return true;
        }
        if (graph.Producer(tensor) is not { Domain: "" or "ai.onnx" } node)
            return No("nothing before it has weights");
        return node.OpType switch
        {
            "LayerNormalization" => Normalization(node, channels),
            "Mul" or "Div" => Product(node, channels),
            "Add" or "Sub" => Sum(node, channels),
            "Relu" or "LeakyRelu" => Through(node, node.Input[0], channels),
            _ => No($"'{node.Name}' ({node.OpType}) cannot take a factor"),
        };
    }

    /// <summary>y = normalized * scale + bias over the last axis (ONNX operator LayerNormalization).</summary>
    private bool Normalization(NodeProto node, int channels)
    {
        var axis = node.Int("axis", -1);
        if (axis != -1 && axis != tensors.Rank(node.Output[0]) - 1)
            return No($"'{node.Name}' normalizes more than the last axis");
        return Divides(node, 1, channels) && (node.Input.Count < 3 || node.Input[2].Length == 0 || Divides(node, 2, channels));
    }

    private bool Product(NodeProto node, int channels)
    {
        var constant = graph.IsConstant(node.Input[1]) ? 1 : 0;
        if (node.OpType == "Div" && constant == 1)
            return Edit(node, 1, channels, (value, factor) => value * factor);
        return Divides(node, constant, channels);
    }

    /// <summary>(x + c) / s = x / s + c / s.</summary>
    private bool Sum(NodeProto node, int channels)
    {
        var constant = graph.IsConstant(node.Input[1]) ? 1 : 0;
        return Divides(node, constant, channels) && Through(node, node.Input[1 - constant], channels);
    }

    private bool Through(NodeProto node, string input, int channels) =>
        LinearLayer.SoleReader(graph, input) is null ? No($"what '{node.Name}' reads is read by others too") : Absorb(input, channels);

    private bool Divides(NodeProto node, int input, int channels) => Edit(node, input, channels, (value, factor) => value / factor);

    private bool Edit(NodeProto node, int input, int channels, Func<double, double, double> edit)
    {
        var rank = tensors.Rank(node.Output[0]) ?? 0;
        if (ChannelAffine.PerChannel(graph, node.Input[input], rank, rank - 1, channels) is not { } values)
            return No($"'{node.Name}' ({node.OpType}) has no constant for each channel");
        _edits.Add(factors => Preparation.Weights.Replace(graph, node, input, [.. values.Select((v, c) => (float)edit(v, factors[c]))], channels));
        return true;
    }

    private bool No(string obstacle)
    {
        _obstacle = obstacle;
        return false;
    }
}
