using QuantizeTasks.Onnx;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>Gives every node a name that no other node has. Ignored scopes, reports and the lock file name layers by it.</summary>
internal static class NodeNames
{
    /// <summary>Nodes without a name are named after their operator and first output, which survives changes elsewhere in the graph as a running number would not. The first owner of a name keeps it.</summary>
    public static void Complete(OnnxGraph graph)
    {
        var taken = new HashSet<string>(graph.Nodes.Select(n => n.Name), StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal) { "" };
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            if (seen.Add(node.Name))
                continue;
            var stem = node.Name.Length > 0 ? node.Name : $"{node.OpType}_{node.Output.FirstOrDefault(o => o.Length > 0)}";
            var name = stem;
            var number = numbers.GetValueOrDefault(stem);
            while (!taken.Add(name))
                name = $"{stem}_{++number}";
            numbers[stem] = number;
            node.Name = name;
            seen.Add(name);
        }
    }
}
