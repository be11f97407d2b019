using QuantizeTasks.Onnx;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>Removes what no output depends on: nodes, initializers, and types recorded for tensors that are gone.</summary>
internal static class Pruning
{
    public static void Apply(OnnxGraph graph)
    {
        // Backwards, so that the producer of a node just removed is seen after it. The order is topological.
        foreach (var node in graph.Nodes.Reverse().ToArray())
            if (node.Output.All(o => o.Length == 0 || (!graph.IsOutput(o) && graph.Consumers(o).Count == 0)))
                graph.Remove(node);
        foreach (var name in graph.Initializers.Select(i => i.Name).ToArray())
            if (!graph.IsOutput(name) && graph.Consumers(name).Count == 0)
                graph.RemoveInitializer(name);
        var values = graph.Proto.ValueInfo;
        for (var i = values.Count - 1; i >= 0; i--)
            if (graph.Producer(values[i].Name) is null)
                values.RemoveAt(i);
        var annotations = graph.Proto.QuantizationAnnotation;
        for (var i = annotations.Count - 1; i >= 0; i--)
            if (graph.Producer(annotations[i].TensorName) is null && !graph.IsInitializer(annotations[i].TensorName))
                annotations.RemoveAt(i);
    }
}
