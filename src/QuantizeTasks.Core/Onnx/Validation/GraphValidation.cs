using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Validation;

/// <summary>Whether every tensor has one producer and no node waits for itself (IR.md, "Graphs": a graph is acyclic and in single static assignment form).</summary>
internal static class GraphValidation
{
    /// <param name="graph">A main graph, or the body of an If, Loop or Scan.</param>
    /// <param name="outer">Whether the graphs around a body define a tensor.</param>
    public static IEnumerable<string> Problems(GraphProto graph, Func<string, bool> outer)
    {
        var defined = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in graph.Input)
            if (input.Name.Length == 0)
                yield return "An input has no name";
            else if (!defined.Add(input.Name))
                yield return $"The input '{input.Name}' occurs twice";
        var initializers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in graph.Initializer.Select(i => i.Name).Concat(graph.SparseInitializer.Select(s => s.Values?.Name ?? "")))
        {
            if (name.Length == 0)
                yield return "An initializer has no name";
            else if (!initializers.Add(name))
                yield return $"The initializer '{name}' occurs twice";
        }
        // An initializer may be an input too: its default value.
        defined.UnionWith(initializers);
        foreach (var node in graph.Node)
        {
            if (node.OpType.Length == 0)
                yield return $"A node ('{node.Name}') has no operator";
            if (node.Attribute.GroupBy(a => a.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
                yield return $"The attribute '{twice.Key}' of {node.Label()} occurs twice";
            foreach (var output in node.Output)
                if (output.Length > 0 && !defined.Add(output))
                    yield return $"The tensor '{output}', which {node.Label()} yields, is defined twice";
        }

        foreach (var node in graph.Node)
        {
            foreach (var input in node.Input)
                if (input.Length > 0 && !IsVisible(input))
                    yield return $"{Capital(node.Label())} reads '{input}', which nothing yields: it is no input, no initializer and no node's output";
            foreach (var problem in node.Attribute.SelectMany(a => a.Bodies()).SelectMany(body => Problems(body, IsVisible)))
                yield return $"In a body of {node.Label()}: {problem}";
        }
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var output in graph.Output)
            if (!IsVisible(output.Name))
                yield return $"The output '{output.Name}' is yielded by nothing";
            else if (!outputs.Add(output.Name))
                yield return $"The output '{output.Name}' is listed twice";
        if (Cycle(graph) is { } cycle)
            yield return $"It has a cycle: {string.Join(" -> ", cycle.Select(n => n.Label()))}";

        bool IsVisible(string tensor) => defined.Contains(tensor) || outer(tensor);
    }

    /// <summary>The nodes of a cycle, the first again at the end; null when there is none. Iterative, as a graph may be deeper than the stack.</summary>
    private static List<NodeProto>? Cycle(GraphProto graph)
    {
        var index = new OnnxGraph(graph);
        var left = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        var ready = new Stack<NodeProto>();
        foreach (var node in graph.Node)
            if ((left[node] = Producers(node).Count()) == 0)
                ready.Push(node);
        while (ready.TryPop(out var node))
        {
            left.Remove(node);
            foreach (var reader in node.Output.Where(o => o.Length > 0).Distinct().SelectMany(index.Consumers))
                if (left.TryGetValue(reader, out var count) && (left[reader] = count - 1) == 0)
                    ready.Push(reader);
        }
        if (left.Count == 0)
            return null;

        // Every node left waits for one that is left too: following them must come back to a node seen before.
        var path = new List<NodeProto>();
        var place = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        var current = graph.Node.First(left.ContainsKey);
        while (place.TryAdd(current, path.Count))
        {
            path.Add(current);
            current = Producers(current).Select(t => index.Producer(t)!).First(left.ContainsKey);
        }
        path = [.. path[place[current]..], current];
        path.Reverse();
        return path;

        // What no node of this graph yields is not waited for.
        IEnumerable<string> Producers(NodeProto node) => OnnxGraph.Reads(node).Distinct().Where(t => index.Producer(t) is not null);
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
