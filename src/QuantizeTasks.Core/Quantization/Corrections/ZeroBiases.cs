using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Gives every MatMul that has no bias one of zeros, so that there is something to correct (POT: <c>apply_for_all_nodes</c>). Convolutions and Gemm have a place
/// for a bias and need none of this.
/// </summary>
internal static class ZeroBiases
{
    /// <summary>A rewritten copy; the same model when no quantized MatMul is without a bias.</summary>
    public static PreparedModel Add(PreparedModel prepared, QuantizerPlacement placement)
    {
        var without = placement.Layers.Where(l => l.Weights is { TakesBias: true } && !LayerBias.HasPlace(l)).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        if (without.Count == 0)
            return prepared;
        var rewritten = prepared with { Model = prepared.Model.Clone() };
        var graph = rewritten.Model.Graph;
        foreach (var node in graph.Nodes.Where(n => without.Contains(n.Name)).ToArray())
        {
            graph.TryGetConstant(node.Input[1], out var weights);
            var (output, product, bias) = (node.Output[0], graph.UniqueName($"{node.Output[0]}_product"), graph.UniqueName($"{node.Name}_bias"));
            graph.AddInitializer(TensorData.Floats(bias, new float[weights!.Dims[^1]], weights.Dims[^1]));
            graph.SetOutput(node, 0, product);
            // Everybody who read the product reads the sum, which has its name.
            graph.Add(NodeAttributes.Node("Add", graph.UniqueName($"{node.Name}_add"), [product, bias], output));
        }
        graph.SortTopologically();
        return rewritten;
    }
}
