using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx;

/// <summary>Every tensor that a model stores: initializers and attributes, in bodies and functions too.</summary>
internal static class ModelTensors
{
    /// <summary>The tensors in the file's order, each with what a message calls its place.</summary>
    public static IEnumerable<(TensorProto Tensor, string Place)> In(ModelProto model) =>
        (model.Graph is { } graph ? In(graph) : []).Concat(model.Functions.SelectMany(f => f.Node).SelectMany(In));

    public static IEnumerable<(TensorProto Tensor, string Place)> In(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer)
            yield return (tensor, $"initializer '{tensor.Name}'");
        foreach (var sparse in graph.SparseInitializer)
        {
            if (sparse.Values is { } values)
                yield return (values, $"values of the sparse initializer '{values.Name}'");
            if (sparse.Indices is { } indices)
                yield return (indices, $"indices of the sparse initializer '{sparse.Values?.Name}'");
        }
        foreach (var inner in graph.Node.SelectMany(In))
            yield return inner;
    }

    public static IEnumerable<(TensorProto Tensor, string Place)> In(NodeProto node)
    {
        foreach (var attribute in node.Attribute)
        {
            if (attribute.T is { } single)
                yield return (single, $"attribute '{attribute.Name}' of {node.Label()}");
            foreach (var tensor in attribute.Tensors)
                yield return (tensor, $"attribute '{attribute.Name}' of {node.Label()}");
            foreach (var body in attribute.Bodies())
                foreach (var inner in In(body))
                    yield return inner;
        }
    }

    /// <summary>How a message names a node that may have no name.</summary>
    public static string Label(this NodeProto node) =>
        node.Name.Length > 0 ? $"node '{node.Name}' ({node.OpType})" : $"the {node.OpType} node that yields '{node.Output.FirstOrDefault(o => o.Length > 0)}'";

    /// <summary>The graphs that an attribute holds.</summary>
    public static IEnumerable<GraphProto> Bodies(this AttributeProto attribute) => attribute.G is { } body ? attribute.Graphs.Prepend(body) : attribute.Graphs;
}
