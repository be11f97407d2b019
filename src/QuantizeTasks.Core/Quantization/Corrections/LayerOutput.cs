using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>What a linear layer computes, its bias included, before any activation function.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Tensor">Its output.</param>
/// <param name="Axis">The axis of the output channels.</param>
/// <param name="Rank">Number of axes.</param>
internal sealed record LayerOutput(QuantizedLayer Layer, string Tensor, int Axis, int Rank)
{
    /// <summary>From this version on the axes of ReduceMean are an input (ONNX operator ReduceMean, version 18).</summary>
    private const int AxesAreInput = 18;

    /// <summary>Null when the number of axes is not known.</summary>
    public static LayerOutput? Of(PreparedModel prepared, QuantizedLayer layer)
    {
        var tail = layer.Weights!.BiasNode ?? layer.Name;
        var tensor = prepared.Model.Graph.Nodes.Single(n => n.Name == tail).Output[0];
        return prepared.Tensors.Rank(tensor) is { } rank ? new(layer, tensor, layer.OperatorType == "Conv" ? 1 : rank - 1, rank) : null;
    }

    /// <summary>Adds a node that averages each output channel over all other axes.</summary>
    /// <returns>The node's output.</returns>
    public string AddMeans(OnnxModel model)
    {
        var graph = model.Graph;
        long[] axes = [.. Enumerable.Range(0, Rank).Where(axis => axis != Axis).Select(axis => (long)axis)];
        var output = graph.UniqueName($"{Tensor}/means");
        var node = NodeAttributes.Node("ReduceMean", output, [Tensor], output).With("keepdims", 0L);
        if (model.Opset < AxesAreInput)
            node.With("axes", axes);
        else
        {
            var constant = graph.UniqueName($"{output}/axes");
            graph.AddInitializer(TensorData.Int64s(constant, axes, axes.Length));
            node.Input.Add(constant);
        }
        graph.Add(node);
        return output;
    }
}
