using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>The float model with the values that the stored weights stand for in place of the weights: the error of rounding weights, and no other.</summary>
internal static class StoredWeightsModel
{
    public static OnnxModel Create(PreparedModel prepared, QuantizerPlacement placement, IReadOnlyDictionary<string, QuantizedWeights> weights)
    {
        var model = prepared.Model.Clone();
        var nodes = model.Graph.Nodes.ToDictionary(n => n.Name, StringComparer.Ordinal);
        foreach (var layer in placement.Layers.Where(l => l.Weights is not null))
        {
            var stored = weights[layer.Name];
            Weights.Replace(model.Graph, nodes[layer.Name], layer.Weights!.Input, [.. Enumerable.Range(0, stored.Stored.Length).Select(i => (float)stored.Value(i))]);
            // Zeros where a bias may come to be, so that it can be set.
            if (LayerBias.HasPlace(layer) && layer.Weights!.Bias is null)
                Weights.SetOrAdd(model.Graph, nodes[layer.Name], 2, new float[stored.Float.Channels]);
        }
        return model;
    }
}
