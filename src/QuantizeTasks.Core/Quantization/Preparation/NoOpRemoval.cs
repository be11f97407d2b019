using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>Removes nodes that pass their first input through when a model is only run: Identity, and Dropout outside training.</summary>
internal static class NoOpRemoval
{
    public static void Apply(OnnxGraph graph)
    {
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Domain is not ("" or "ai.onnx") || !PassesThrough(graph, node) || graph.IsOutput(node.Output[0]))
                continue;
            graph.ReplaceUses(node.Output[0], node.Input[0], inBodies: true);
            // What is left are uses in bodies that know the other name for a tensor of their own.
            if (graph.Consumers(node.Output[0]).Count == 0)
                graph.Remove(node);
        }
    }

    private static bool PassesThrough(OnnxGraph graph, NodeProto node) => node.OpType switch
    {
        "Identity" => true,
        "Dropout" => !Trains(graph, node) && !(node.Output.Count > 1 && IsUsed(graph, node.Output[1])),
        _ => false,
    };

    /// <summary>Dropout's optional third input, from opset 12 on: false when absent (ONNX operator Dropout).</summary>
    private static bool Trains(OnnxGraph graph, NodeProto node)
    {
        if (node.Input.Count < 3 || node.Input[2].Length == 0)
            return false;
        return !graph.TryGetConstant(node.Input[2], out var value) || value.ToInt64s() is not [0];
    }

    private static bool IsUsed(OnnxGraph graph, string tensor) => tensor.Length > 0 && (graph.IsOutput(tensor) || graph.Consumers(tensor).Count > 0);
}
