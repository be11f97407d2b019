using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// What <c>ignored</c> names. Whatever names nothing is an error: a layer that was meant to stay in float and does not is worse than no build.
/// </summary>
internal sealed class IgnoredNodes
{
    private readonly OnnxModel _model;
    private readonly IReadOnlyDictionary<string, NodeProto> _asWritten;
    private readonly DeviceProfile _device;
    private readonly Action<NodeProto, string> _exclude;
    private readonly List<Diagnostic> _errors = [];

    private IgnoredNodes(OnnxModel model, IReadOnlyDictionary<string, NodeProto> asWritten, DeviceProfile device, Action<NodeProto, string> exclude) =>
        (_model, _asWritten, _device, _exclude) = (model, asWritten, device, exclude);

    /// <summary>Excludes each node that is ignored, with the reason.</summary>
    /// <exception cref="QuantizeException">Everything in the section that matches nothing, with its place.</exception>
    public static void Find(OnnxModel model, IReadOnlyDictionary<string, NodeProto> asWritten, DeviceProfile device, IgnoredOperators ignored, Action<NodeProto, string> exclude)
    {
        var found = new IgnoredNodes(model, asWritten, device, exclude);
        foreach (var node in model.Graph.Nodes.Where(_ => ignored.SkipModel))
            exclude(node, "ignored.skip_model leaves the whole model in float");
        foreach (var name in ignored.Scope)
            if (found.Named(name, "ignored.scope") is { } node)
                found.Exclude(node, "ignored.scope names it", "ignored.scope");
        foreach (var pattern in ignored.Patterns)
            found.ExcludeMatching(pattern);
        foreach (var operation in ignored.Operations)
            found.ExcludeOperations(operation);
        foreach (var subgraph in ignored.Subgraphs)
            found.ExcludeSubgraph(subgraph);
        if (found._errors.Count > 0)
            throw new QuantizeException(found._errors);
    }

    /// <summary>Excludes a node, and if it only passes values on those that read them (POT: ignored_scope of agnostic operators, openvino/tools/pot/graph/transformer.py).</summary>
    public static void Exclude(OnnxGraph graph, DeviceProfile device, NodeProto node, string reason, string by, Action<NodeProto, string> exclude)
    {
        exclude(node, reason);
        if (device.Of(node.OpType).Kind == OperatorKind.Agnostic)
            foreach (var consumer in node.Output.SelectMany(graph.Consumers))
                exclude(consumer, $"{by} names '{node.Name}', whose output it reads");
    }

    private void Exclude(NodeProto node, string reason, string by) => Exclude(_model.Graph, _device, node, reason, by, _exclude);

    private NodeProto? Named(Located<string> name, string key)
    {
        var node = _model.Graph.Nodes.FirstOrDefault(n => n.Name == name.Value);
        if (node is null)
            Error(name.Position, $"{key} lists '{name.Value}', but the model '{_model.Name}' has no operator of that name.{DidYouMean.Hint(name.Value, _model.Graph.Nodes.Select(n => n.Name))} Names are those of the float model's nodes once constants and batch normalizations are folded; `inspect` lists them.");
        return node;
    }

    private void ExcludeMatching(Located<string> pattern)
    {
        var expression = NamePattern.Create(pattern.Value);
        var matched = false;
        try
        {
            foreach (var node in _model.Graph.Nodes.Where(n => expression.IsMatch(n.Name)))
            {
                matched = true;
                Exclude(node, $"ignored.patterns matches it with '{pattern.Value}'", "ignored.patterns");
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            _errors.Add(new Diagnostic(DiagnosticCodes.ValueOutOfRange, DiagnosticSeverity.Error,
                $"The pattern '{pattern.Value}' takes more than {e.MatchTimeout.TotalSeconds} s on the name '{e.Input}'. Nested repetitions are the usual reason; write it without.", pattern.Position));
            return;
        }
        if (!matched)
            Error(pattern.Position, $"ignored.patterns lists '{pattern.Value}', but no operator of the model '{_model.Name}' has a name that matches as a whole. `inspect` lists the names.");
    }

    private void ExcludeOperations(IgnoredOperation operation)
    {
        var type = operation.Type.Value;
        // An operator that is of another type now answers to both.
        var ofType = _model.Graph.Nodes.Where(n => n.OpType == type).Concat(_asWritten.Values.Where(n => n.OpType == type).OrderBy(n => n.Name, StringComparer.Ordinal)).ToArray();
        var matching = ofType.Where(n => operation.Attributes.All(a => AttributeMatch.Matches(n, a.Key, a.Value.Value))).Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in _model.Graph.Nodes.Where(n => matching.Contains(n.Name)))
            Exclude(node, "ignored.operations names it", "ignored.operations");
        if (ofType.Length == 0)
            Error(operation.Type.Position, $"ignored.operations lists '{type}', but the model '{_model.Name}' has no operator of that type.{DidYouMean.Hint(type, _model.Graph.Nodes.Select(n => n.OpType).Distinct())}");
        else if (matching.Count == 0)
            Error(operation, ofType);
    }

    /// <summary>Which attribute is to blame: the first that no operator of the type has with its value, or their combination.</summary>
    private void Error(IgnoredOperation operation, NodeProto[] ofType)
    {
        var type = operation.Type.Value;
        foreach (var (name, value) in operation.Attributes)
        {
            if (ofType.Any(n => AttributeMatch.Matches(n, name, value.Value)))
                continue;
            var values = ofType.Select(n => n.Find(name)).OfType<AttributeProto>().Select(AttributeMatch.Text).Distinct().Order(StringComparer.Ordinal).ToArray();
            Error(value.Position, values.Length == 0
                ? $"ignored.operations asks for the attribute '{name}', but no {type} of the model '{_model.Name}' writes one of that name.{DidYouMean.Hint(name, ofType.SelectMany(n => n.Attribute).Select(a => a.Name).Distinct())}"
                : $"ignored.operations asks for '{name}' of {AttributeMatch.Text(value.Value)}, but in the model '{_model.Name}' that of {type} is {string.Join(" or ", values.Take(5))}{(values.Length > 5 ? " or others" : "")}.");
            return;
        }
        Error(operation.Type.Position, $"ignored.operations lists '{type}' with {operation.Attributes.Count} attributes, each of which some {type} of the model '{_model.Name}' has, but none has them all.");
    }

    private void ExcludeSubgraph(IgnoredSubgraph subgraph)
    {
        const string key = "ignored.subgraphs";
        var before = _errors.Count;
        var inputs = subgraph.Inputs.Select(name => (name, Node: Named(name, key))).ToArray();
        var outputs = subgraph.Outputs.Select(name => (name, Node: Named(name, key))).ToArray();
        if (_errors.Count > before)
            return;
        var graph = _model.Graph;
        var behind = Reached(inputs.Select(i => i.Node!), node => node.Output.SelectMany(graph.Consumers));
        var ahead = Reached(outputs.Select(o => o.Node!), node => node.Input.Select(graph.Producer).OfType<NodeProto>());
        foreach (var (name, node) in inputs.Where(i => !ahead.Contains(i.Node!)))
            Error(name.Position, $"{key} begins with '{name.Value}', from which no path leads to any of its outputs.");
        foreach (var (name, node) in outputs.Where(o => !behind.Contains(o.Node!)))
            Error(name.Position, $"{key} ends with '{name.Value}', to which no path leads from any of its inputs.");
        foreach (var node in graph.Nodes.Where(n => behind.Contains(n) && ahead.Contains(n)))
            Exclude(node, $"{key} has it between '{string.Join("', '", subgraph.Inputs.Select(i => i.Value))}' and '{string.Join("', '", subgraph.Outputs.Select(o => o.Value))}'", key);
    }

    private static HashSet<NodeProto> Reached(IEnumerable<NodeProto> from, Func<NodeProto, IEnumerable<NodeProto>> next)
    {
        var waiting = new Stack<NodeProto>(from);
        var reached = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        while (waiting.TryPop(out var node))
            if (reached.Add(node))
                foreach (var neighbour in next(node))
                    waiting.Push(neighbour);
        return reached;
    }

    private void Error(SourcePosition position, string message) => _errors.Add(new Diagnostic(DiagnosticCodes.UnknownName, DiagnosticSeverity.Error, message, position));
}
