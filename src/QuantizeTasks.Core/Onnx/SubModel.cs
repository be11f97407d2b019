using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx;

/// <summary>
/// The part of a model that computes some tensors from others, as a model of its own. Bodies of control flow keep what they read from outside. The
/// initializers are the same objects as in the whole model, so a part costs no memory for weights; do not change their values in place.
/// </summary>
internal static class SubModel
{
    /// <summary>From this IR version on an initializer need not be an input too (IR.md, "Graphs").</summary>
    private const long InitializersWithoutInputs = 4;

    /// <summary>Cuts the part out: only the nodes that lie between, in the model's order.</summary>
    /// <param name="model">The whole model, in topological order; it is not changed.</param>
    /// <param name="inputs">What the part is fed: inputs of the model, tensors that its nodes make, or initializers that are to be fed instead. Every one must be needed.</param>
    /// <param name="outputs">What the part gives, in this order. Each must depend on at least one of <paramref name="inputs"/>, and on no other input of the model.</param>
    /// <param name="tensors">Element type and shape of tensors where somebody knows them, such as <c>TensorCatalogue.Find</c>; without it only types that the model states are known.</param>
    /// <exception cref="ArgumentException">The model has no such tensor, a tensor is named twice, the outputs do not depend on the inputs as asked, or nobody knows the type of an input.</exception>
    public static OnnxModel Between(OnnxModel model, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, Func<string, KnownTensor?>? tensors = null)
    {
        CheckNames(inputs, nameof(inputs));
        CheckNames(outputs, nameof(outputs));
        var fed = inputs.ToHashSet(StringComparer.Ordinal);
        var types = new TensorTypes(model.Proto.Graph, tensors);
        var part = Needed(model, fed, outputs);

        var source = model.Proto;
        var graph = new GraphProto { Name = source.Graph.Name };
        graph.Input.AddRange(inputs.Select(name => types.Find(name) ?? throw new ArgumentException($"The element type of '{name}' is not known, so it cannot be an input.", nameof(inputs))));
        graph.Output.AddRange(outputs.Select(name => types.Find(name) ?? new ValueInfoProto { Name = name }));
        graph.Initializer.AddRange(source.Graph.Initializer.Where(i => part.Tensors.Contains(i.Name) && !fed.Contains(i.Name)));
        graph.SparseInitializer.AddRange(source.Graph.SparseInitializer.Where(i => part.Tensors.Contains(i.Values.Name) && !fed.Contains(i.Values.Name)));
        graph.ValueInfo.AddRange(source.Graph.ValueInfo.Where(v => part.Tensors.Contains(v.Name) && !fed.Contains(v.Name) && !outputs.Contains(v.Name)));
        foreach (var node in source.Graph.Node.Where(part.Nodes.Contains))
            graph.Node.Add(WithoutOutputs(node, fed, model.Graph));

        var result = new ModelProto { Graph = graph, IrVersion = Math.Max(source.IrVersion, InitializersWithoutInputs), ProducerName = source.ProducerName, ProducerVersion = source.ProducerVersion };
        result.OpsetImport.AddRange(source.OpsetImport);
        result.Functions.AddRange(source.Functions);
        return new OnnxModel(result, model.Name);
    }

    private static void CheckNames(IReadOnlyList<string> names, string parameter)
    {
        if (names.Count == 0)
            throw new ArgumentException("A part needs at least one input and one output.", parameter);
        if (names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"'{twice.Key}' is named twice.", parameter);
    }

    /// <summary>Walks from the outputs back to the inputs.</summary>
    private static Part Needed(OnnxModel model, HashSet<string> fed, IReadOnlyList<string> outputs)
    {
        var part = new Part(new(ReferenceEqualityComparer.Instance), new(StringComparer.Ordinal));
        var sparse = model.Proto.Graph.SparseInitializer.Select(s => s.Values.Name).ToHashSet(StringComparer.Ordinal);
        var dependent = Dependent(model.Graph, fed);
        var waiting = new Stack<string>();
        foreach (var output in outputs)
        {
            if (fed.Contains(output))
                throw new ArgumentException($"'{output}' is an input and an output; nothing lies between.", nameof(outputs));
            if (!dependent.Contains(output))
                throw new ArgumentException($"'{output}' does not depend on any of {Names(fed)}.", nameof(outputs));
            waiting.Push(output);
        }
        while (waiting.TryPop(out var tensor))
        {
            if (!part.Tensors.Add(tensor) || fed.Contains(tensor) || model.Graph.IsInitializer(tensor) || sparse.Contains(tensor))
                continue;
            if (model.Graph.Producer(tensor) is not { } node)
                throw new ArgumentException($"The outputs also depend on '{tensor}', which is not among the inputs {Names(fed)}.", nameof(outputs));
            if (part.Nodes.Add(node))
                foreach (var read in OnnxGraph.Reads(node))
                    waiting.Push(read);
        }
        if (fed.FirstOrDefault(name => !part.Tensors.Contains(name)) is { } idle)
            throw new ArgumentException($"No output depends on '{idle}'.", nameof(fed));
        return part;
    }

    /// <summary>Everything that changes with the inputs, and the inputs themselves.</summary>
    private static HashSet<string> Dependent(OnnxGraph graph, HashSet<string> fed)
    {
        var dependent = new HashSet<string>(fed, StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
            if (OnnxGraph.Reads(node).Any(dependent.Contains))
                dependent.UnionWith(node.Output.Where(o => o.Length > 0));
        return dependent;
    }

    /// <summary>A copy of a node. Where one of its outputs is fed and another needed, the fed one gets a name that nobody reads: no name may be given twice.</summary>
    private static NodeProto WithoutOutputs(NodeProto node, HashSet<string> fed, OnnxGraph graph)
    {
        var copy = node.Clone();
        for (var i = 0; i < copy.Output.Count; i++)
            if (fed.Contains(copy.Output[i]))
                copy.Output[i] = Unused($"{copy.Output[i]}_unused", graph);
        return copy;
    }

    private static string Unused(string name, OnnxGraph graph)
    {
        while (graph.Producer(name) is not null || graph.Consumers(name).Count > 0 || graph.IsInput(name) || graph.IsInitializer(name))
            name += "_";
        return name;
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal).Select(n => $"'{n}'"));

    private sealed record Part(HashSet<NodeProto> Nodes, HashSet<string> Tensors);
}
