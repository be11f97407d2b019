using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// Leaves out what nobody reads: a DequantizeLinear all of whose readers are back in float and read the tensor in another way, the QuantizeLinear in front of it, and their constants. ONNX Runtime
/// would compute them in each run.
/// </summary>
internal static class UnreadPairs
{
    /// <param name="model">The written model, which is changed.</param>
    public static void Remove(ModelProto model)
    {
        var graph = model.Graph;
        var read = graph.Output.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        var kept = new List<NodeProto>(graph.Node.Count);
        // Backwards, so that all readers of a node are seen before it. The order is topological.
        foreach (var node in graph.Node.Reverse())
        {
            if (node.OpType is "QuantizeLinear" or "DequantizeLinear" && !read.Contains(node.Output[0]))
                continue;
            kept.Add(node);
            read.UnionWith(OnnxGraph.Reads(node));
        }
        kept.Reverse();
        graph.Node.Clear();
        graph.Node.AddRange(kept);
        var constants = graph.Initializer.Where(i => read.Contains(i.Name)).ToArray();
        graph.Initializer.Clear();
        graph.Initializer.AddRange(constants);
    }
}
