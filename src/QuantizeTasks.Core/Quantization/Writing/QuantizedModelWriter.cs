using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// Writes the model of one configuration. A quantized tensor keeps its name on the dequantized side when an int8 kernel makes it, so that
/// everybody who reads it, and the model's outputs, get what the kernel gave; where a float operator makes it, only int8 operators read the quantized copy.
/// </summary>
internal static class QuantizedModelWriter
{
    /// <param name="prepared">The float model.</param>
    /// <param name="plan">What is in int8.</param>
    /// <param name="encoded">The constants of the weighted layers.</param>
    /// <param name="stored">The weights that are stored in int8 for operators that compute in float.</param>
    /// <param name="names">Names for what is added.</param>
    /// <param name="format">Float operators between quantizers, or integer operators.</param>
    /// <returns>The model, in as many files as the float model.</returns>
    public static SerializedModel Write(PreparedModel prepared, VariantPlan plan, IReadOnlyDictionary<string, EncodedLayer> encoded, StoredConstants stored, TensorNames names, ModelFormat format)
    {
        var source = prepared.Model.Proto;
        var graph = new WrittenGraph(names, prepared.Model.Opset);
        var activations = new ActivationWriter(prepared, plan, names, graph);
        var layers = new LayerWriter(prepared, plan, encoded, names, new RowsWriter(prepared, plan, names, graph), graph);
        var storing = new StoredWriter(stored, names, graph);
        foreach (var input in source.Graph.Input)
            activations.Quantize(input.Name);
        foreach (var original in source.Graph.Node)
        {
            var node = original.Clone();
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = activations.Read(node, i);
            var layer = plan.LayerOf(node.Name);
            if (layer?.Weights is { } weights)
                layers.WriteConstants(node, layer, weights);
            for (var i = 0; i < node.Output.Count; i++)
                if (plan.TryGetQuantized(node.Output[i], out var tensor))
                    node.Output[i] = tensor.Float;
            if (plan.StoredIn(node.Name) is { } weightsAlone)
                storing.Append(node, weightsAlone);
            else if (layer is null)
                graph.Add(node);
            else
                layers.Append(node, layer);
            foreach (var output in original.Output)
                activations.Quantize(output);
        }
        var model = graph.ToModel(source);
        if (format == ModelFormat.QOperator)
            QOperatorForm.Rewrite(model, plan.ReadsIntegers);
        UnreadPairs.Remove(model);
        return SerializedModel.Of(model, prepared.Model.HadValuesOutside ? 0 : SerializedModel.LongestMessage);
    }
}
