using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Multiplies what follows a linear layer channel by channel into its weight and bias: BatchNormalization, and Mul, Div, Add or Sub by constants.
/// s (W x + b) + t = (s W) x + (s b + t). ONNX Runtime has no integer BatchNormalization, and folds none once there are quantizers between.
/// </summary>
internal static class AffineFusion
{
    public static void Apply(OnnxGraph graph, TensorCatalogue tensors)
    {
        foreach (var node in graph.Nodes.ToArray())
            while (LinearLayer.Of(graph, node, tensors) is { } layer && FuseNext(graph, layer))
            {
            }
    }

    private static bool FuseNext(OnnxGraph graph, LinearLayer layer)
    {
        var output = layer.Tail.Output[0];
        if (LinearLayer.SoleReader(graph, output) is not { } next || ChannelAffine.Of(graph, next, output, layer.Rank, layer.Axis, layer.Channels) is not { } affine)
            return false;
        if (Multiply(graph, layer, affine) is not var (weight, bias))
            return false;

        Weights.Replace(graph, layer.Node, 1, weight);
        graph.Remove(next);
        if (bias.Any(b => b != 0) || layer.Bias(graph)!.Any(b => b != 0))
        {
            if (layer.BiasInput < 0)
            {
                AddBias(graph, output, next, bias);
                return true;
            }
            Weights.SetOrAdd(graph, layer.Tail, layer.BiasInput, bias);
        }
        graph.SetOutput(layer.Tail, 0, next.Output[0]);
        return true;
    }

    /// <summary>Null when a product is no finite float, as with a variance that is negative.</summary>
    private static (float[] Weight, float[] Bias)? Multiply(OnnxGraph graph, LinearLayer layer, ChannelAffine affine)
    {
        if (!graph.TryGetConstant(layer.Node.Input[1], out var tensor))
            return null;
        var weight = tensor.ToFloats();
        for (var i = 0; i < weight.Length; i++)
            weight[i] = (float)(weight[i] * affine.Scale[layer.ChannelOf(i)]);
        float[] bias = [.. layer.Bias(graph)!.Select((b, c) => (float)((b * affine.Scale[c]) + affine.Shift[c]))];
        return weight.All(float.IsFinite) && bias.All(float.IsFinite) ? (weight, bias) : null;
    }

    /// <summary>MatMul has no bias: an Add takes the place, and the name, of the node that was folded.</summary>
    private static void AddBias(OnnxGraph graph, string product, NodeProto folded, float[] bias)
    {
        var name = graph.UniqueName($"{folded.Name}_bias");
        graph.AddInitializer(TensorData.Floats(name, bias, bias.Length));
        graph.Add(NodeAttributes.Node("Add", folded.Name, [product, name], folded.Output[0]));
        graph.SortTopologically();
    }
}
