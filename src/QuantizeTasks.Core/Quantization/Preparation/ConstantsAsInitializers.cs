using QuantizeTasks.Onnx;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Makes every constant a plain initializer. Exporters also write weights as Constant nodes, and models up to IR version 3 had to list initializers as inputs,
/// which makes ONNX Runtime treat them as values that the caller may override, so that it folds nothing.
/// </summary>
internal static class ConstantsAsInitializers
{
    public static void Apply(OnnxGraph graph)
    {
        foreach (var node in graph.Nodes.ToArray())
        {
            if (ConstantNode.Value(node) is not { } value || graph.IsOutput(value.Name))
                continue;
            graph.Remove(node);
            graph.AddInitializer(value);
        }
        foreach (var initializer in graph.Initializers)
            graph.RemoveInputOfInitializer(initializer.Name);
    }
}
