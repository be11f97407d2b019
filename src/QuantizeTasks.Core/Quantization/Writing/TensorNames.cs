using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Names for what the writer adds: the name of what it belongs to and a suffix, or with underscores where the model has that name already. The same question gets the same answer.</summary>
internal sealed class TensorNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public TensorNames(OnnxModel model) => Reserve(model.Proto.Graph);

    public string Derive(string owner, string suffix)
    {
        var name = $"{owner}/{suffix}";
        while (_taken.Contains(name))
            name += "_";
        return name;
    }

    private void Reserve(GraphProto graph)
    {
        _taken.UnionWith(graph.Input.Select(i => i.Name));
        _taken.UnionWith(graph.Initializer.Select(i => i.Name));
        foreach (var node in graph.Node)
        {
            _taken.Add(node.Name);
            _taken.UnionWith(node.Output);
            foreach (var attribute in node.Attribute)
                foreach (var body in attribute.G is { } single ? attribute.Graphs.Prepend(single) : attribute.Graphs)
                    Reserve(body);
        }
    }
}
