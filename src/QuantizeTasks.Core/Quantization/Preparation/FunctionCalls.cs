using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>Puts the nodes of functions in the places of their calls, in a graph and the bodies inside it, innermost calls first.</summary>
internal sealed class FunctionCalls(OnnxModel model, IReadOnlyDictionary<(string, string, string), FunctionProto> functions, long mostBytes)
{
    private readonly Dictionary<FunctionProto, long> _sizes = new(ReferenceEqualityComparer.Instance);
    private long _bytes;

    /// <summary>A function that was written for the versions of operator sets that the model uses.</summary>
    public bool CanInline(FunctionProto function) => function.OpsetImport.All(import =>
        model.Proto.OpsetImport.FirstOrDefault(i => Domain(i) == Domain(import)) is not { } own || own.Version == import.Version);

    public void Inline(GraphProto graph)
    {
        while (true)
        {
            foreach (var body in graph.Node.SelectMany(n => n.Attribute).SelectMany(a => a.Bodies()))
                Inline(body);
            if (!graph.Node.Any(n => Find(n) is not null))
                return;
            var nodes = graph.Node.ToArray();
            graph.Node.Clear();
            foreach (var node in nodes)
                if (Find(node) is { } function)
                    graph.Node.AddRange(Expand(node, function));
                else
                    graph.Node.Add(node);
        }
    }

    private FunctionProto? Find(NodeProto node) =>
        functions.TryGetValue((node.Domain, node.OpType, node.Overload), out var function) && CanInline(function) ? function : null;

    private List<NodeProto> Expand(NodeProto call, FunctionProto function)
    {
        Account(function);
        foreach (var import in function.OpsetImport)
            if (!model.Proto.OpsetImport.Any(i => Domain(i) == Domain(import)))
                model.Proto.OpsetImport.Add(import);
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "" };
        for (var i = 0; i < function.Input.Count; i++)
            names[function.Input[i]] = i < call.Input.Count ? call.Input[i] : "";
        var nodes = new List<NodeProto>();
        for (var i = 0; i < function.Output.Count && i < call.Output.Count; i++)
        {
            var (formal, actual) = (function.Output[i], call.Output[i]);
            if (actual.Length == 0)
                continue;
            if (names.TryGetValue(formal, out var passed))
                // An input that is passed on, or an output that is given twice.
                nodes.Add(NodeAttributes.Node("Identity", "", [passed], actual));
            else
                names[formal] = actual;
        }
        var inner = function.Node.Select(n => n.Clone()).ToList();
        var prefix = call.Name.Length > 0 ? call.Name : function.Name;
        foreach (var node in inner)
        {
            node.Name = $"{prefix}/{(node.Name.Length > 0 ? node.Name : node.OpType)}";
            Bind(node, call, function);
            Define(names, node.Output, prefix);
        }
        foreach (var node in inner)
            Rename(node, names, prefix);
        return [.. inner, .. nodes];
    }

    /// <summary>Attributes that stand for those of the call get their values; one that the call leaves out has its default or goes.</summary>
    private static void Bind(NodeProto node, NodeProto call, FunctionProto function)
    {
        for (var i = node.Attribute.Count - 1; i >= 0; i--)
        {
            var attribute = node.Attribute[i];
            if (attribute.RefAttrName.Length > 0)
            {
                node.Attribute.RemoveAt(i);
                if ((call.Find(attribute.RefAttrName) ?? function.AttributeProto.FirstOrDefault(a => a.Name == attribute.RefAttrName)) is { } value)
                    node.Attribute.Insert(i, new AttributeProto(value) { Name = attribute.Name });
                continue;
            }
            foreach (var inner in attribute.Bodies().SelectMany(body => body.Node))
                Bind(inner, call, function);
        }
    }

    private void Define(Dictionary<string, string> names, IEnumerable<string> tensors, string prefix)
    {
        foreach (var tensor in tensors)
            if (!names.ContainsKey(tensor))
                names[tensor] = model.Graph.UniqueName($"{prefix}/{tensor}");
    }

    private void Rename(NodeProto node, Dictionary<string, string> names, string prefix)
    {
        for (var i = 0; i < node.Input.Count; i++)
            node.Input[i] = names.GetValueOrDefault(node.Input[i], node.Input[i]);
        for (var i = 0; i < node.Output.Count; i++)
            node.Output[i] = names.GetValueOrDefault(node.Output[i], node.Output[i]);
        foreach (var body in node.Attribute.SelectMany(a => a.Bodies()))
            Rename(body, names, prefix);
    }

    /// <summary>A name occurs once in a graph and all it contains (IR.md, "Names Within a Graph"): what a body defines gets a new one too.</summary>
    private void Rename(GraphProto body, Dictionary<string, string> outer, string prefix)
    {
        var names = new Dictionary<string, string>(outer, StringComparer.Ordinal);
        foreach (var own in body.Input.Select(i => i.Name).Concat(body.Initializer.Select(i => i.Name)).Concat(body.Node.SelectMany(n => n.Output)).Where(n => n.Length > 0))
            names.Remove(own);
        Define(names, body.Input.Select(i => i.Name).Concat(body.Initializer.Select(i => i.Name)).Concat(body.Node.SelectMany(n => n.Output)), prefix);
        foreach (var value in body.Input.Concat(body.Output).Concat(body.ValueInfo))
            value.Name = names.GetValueOrDefault(value.Name, value.Name);
        foreach (var tensor in body.Initializer)
            tensor.Name = names[tensor.Name];
        foreach (var node in body.Node)
            Rename(node, names, prefix);
    }

    /// <summary>Copies share raw values, and nothing else.</summary>
    private void Account(FunctionProto function)
    {
        if (!_sizes.TryGetValue(function, out var size))
            _sizes[function] = size = function.CalculateSize() - function.Node.SelectMany(ModelTensors.In).Sum(t => (long)t.Tensor.RawData.Length);
        if ((_bytes += size) > mostBytes)
            throw new QuantizeException(DiagnosticCodes.ModelTooLarge, $"The model's functions come to more than {mostBytes} bytes when each call is written out.", new SourcePosition(model.Name));
    }

    private static string Domain(OperatorSetIdProto import) => import.Domain == "ai.onnx" ? "" : import.Domain;
}
