using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Operators that stay in float for what they are part of, or because the user said so; each with the reason.</summary>
internal sealed class Exclusions
{
    private static readonly HashSet<string> PostProcessing = new(StringComparer.Ordinal) { "NonMaxSuppression", "TopK" };

    /// <summary>For each operator type, the inputs that are shapes, indices or scales: whatever computes them is no activation.</summary>
    private static readonly Dictionary<string, int[]> ShapeInputs = new(StringComparer.Ordinal)
    {
        ["Reshape"] = [1],
        ["Expand"] = [1],
        ["Tile"] = [1],
        ["Slice"] = [1, 2, 3, 4],
        ["Resize"] = [1, 2, 3],
        ["Upsample"] = [1],
        ["Pad"] = [1],
        ["ConstantOfShape"] = [0],
        ["Range"] = [0, 1, 2],
        ["Unsqueeze"] = [1],
        ["Squeeze"] = [1],
        ["Split"] = [1],
        ["OneHot"] = [1],
    };

    private readonly OnnxGraph _graph;
    private readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal);

    private readonly DeviceProfile _device;

    private Exclusions(OnnxGraph graph, DeviceProfile device) => (_graph, _device) = (graph, device);

    /// <summary>Node name to reason.</summary>
    public IReadOnlyDictionary<string, string> Reasons => _reasons;

    /// <exception cref="QuantizeException">An ignored name or type matches nothing in the model.</exception>
    public static Exclusions Find(OnnxModel model, DeviceProfile device, DefaultQuantizationParameters parameters, bool isTransformer)
    {
        var found = new Exclusions(model.Graph, device);
        found.Ignore(model.Name, parameters);
        if (isTransformer)
            found.KeepTransformerTypes();
        foreach (var node in model.Graph.Nodes)
        {
            found.ExcludeShapeComputation(node);
            if (PostProcessing.Contains(node.OpType))
                found.ExcludeTail(node);
            FloatPatterns.Find(model.Graph, device, node, found.Add);
        }
        return found;
    }

    private void Add(NodeProto node, string reason) => _reasons.TryAdd(node.Name, reason);

    private void Ignore(string model, DefaultQuantizationParameters parameters)
    {
        var errors = new List<Diagnostic>();
        foreach (var scope in parameters.Ignored.Scope)
            Ignore(_graph.Nodes.Where(n => n.Name == scope.Value), "ignored.scope", scope, $"the model '{model}' has no operator of that name", errors);
        foreach (var type in parameters.Ignored.Operations.Select(o => o.Type))
            Ignore(_graph.Nodes.Where(n => n.OpType == type.Value), "ignored.operations", type, $"the model '{model}' has no operator of that type", errors);
        if (errors.Count > 0)
            throw new QuantizeException(errors);
    }

    private void Ignore(IEnumerable<NodeProto> nodes, string key, Located<string> value, string otherwise, List<Diagnostic> errors)
    {
        var any = false;
        foreach (var node in nodes)
        {
            any = true;
            Add(node, $"{key} names it");
            // An ignored operator that only passes values on protects those that read them (POT: GraphTransformer, ignored_scope of agnostic operators).
            if (_device.Of(node.OpType).Kind == OperatorKind.Agnostic)
                foreach (var consumer in node.Output.SelectMany(_graph.Consumers))
                    Add(consumer, $"{key} names '{node.Name}', whose output it reads");
        }
        if (!any)
            errors.Add(new Diagnostic(DiagnosticCodes.UnknownName, DiagnosticSeverity.Error, $"{key} lists '{value.Value}', but {otherwise}. Names are those of the float model's nodes; `inspect` lists them.", value.Position));
    }

    /// <summary>The types that POT leaves in float when <c>model_type</c> is <c>transformer</c>, by their ONNX names. MVN and SquaredDifference have no int8 kernel anyway.</summary>
    private void KeepTransformerTypes()
    {
        foreach (var node in _graph.Nodes)
            if (node.OpType is "Add" or "Pow" or "Squeeze" or "Mul" or "Sub" or "ReduceMean")
                Add(node, "model_type transformer keeps this type in float");
    }

    private void ExcludeShapeComputation(NodeProto node)
    {
        if (node.Domain.Length > 0 || !ShapeInputs.TryGetValue(node.OpType, out var inputs))
            return;
        foreach (var index in inputs)
            if (index < node.Input.Count)
                ExcludeAncestors(node.Input[index], producer => producer.OpType is "Shape" or "Size", "it computes a shape, not an activation");
    }

    private void ExcludeTail(NodeProto node)
    {
        Add(node, "post-processing");
        foreach (var input in node.Input)
            ExcludeAncestors(input, producer => _device.Of(producer.OpType).Kind == OperatorKind.Weighted, $"post-processing in front of '{node.Name}'");
    }

    /// <summary>Everything that a tensor is computed from, back to and without the producers at which to stop.</summary>
    private void ExcludeAncestors(string tensor, Func<NodeProto, bool> stop, string reason)
    {
        var waiting = new Stack<string>([tensor]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (waiting.TryPop(out var next))
        {
            if (!seen.Add(next) || _graph.Producer(next) is not { } producer || stop(producer))
                continue;
            Add(producer, reason);
            foreach (var input in producer.Input)
                waiting.Push(input);
        }
    }
}
