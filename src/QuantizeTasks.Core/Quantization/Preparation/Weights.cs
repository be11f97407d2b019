using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>Changes constants that may be shared: weights tied between layers must change for one reader only.</summary>
internal static class Weights
{
    /// <summary>Gives a node's constant input other values and, unless <paramref name="dims"/> says otherwise, the same shape.</summary>
    public static void Replace(OnnxGraph graph, NodeProto node, int input, float[] values, params long[]? dims)
    {
        var old = node.Input[input];
        long[] shape = dims is { Length: > 0 } ? dims : graph.TryGetConstant(old, out var tensor) ? [.. tensor.Dims] : throw new InvalidOperationException($"'{old}' is not constant.");
        var readers = graph.Consumers(old);
        if (graph.IsInitializer(old) && !graph.IsOutput(old) && readers.Count == 1 && node.Input.Count(i => i == old) == 1)
        {
            graph.ReplaceInitializer(TensorData.Floats(old, values, shape));
            return;
        }
        var name = graph.UniqueName($"{old}_{node.Name}");
        graph.AddInitializer(TensorData.Floats(name, values, shape));
        graph.SetInput(node, input, name);
    }

    /// <summary>Gives a node a bias, or another one.</summary>
    public static void SetOrAdd(OnnxGraph graph, NodeProto node, int input, float[] bias)
    {
        if (input < node.Input.Count && node.Input[input].Length > 0)
        {
            Replace(graph, node, input, bias, bias.Length);
            return;
        }
        var name = graph.UniqueName($"{node.Name}_bias");
        graph.AddInitializer(TensorData.Floats(name, bias, bias.Length));
        if (input == node.Input.Count)
            graph.AddInput(node, name);
        else
            graph.SetInput(node, input, name);
    }
}
