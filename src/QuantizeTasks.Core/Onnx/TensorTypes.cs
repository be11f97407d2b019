using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx;

/// <summary>The type of a tensor as a graph's input or output states it: from those who inferred it, or else from the graph itself.</summary>
internal sealed class TensorTypes(GraphProto graph, Func<string, KnownTensor?>? known)
{
    private readonly Dictionary<string, ValueInfoProto> _stated = graph.ValueInfo.Concat(graph.Output).Concat(graph.Input)
        .Where(v => v.Type is not null).GroupBy(v => v.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);

    private readonly Dictionary<string, TensorProto> _initializers = graph.Initializer.GroupBy(i => i.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);

    /// <summary>The name with its type; null when nobody knows it.</summary>
    public ValueInfoProto? Find(string tensor)
    {
        // An input's own statement has the names of its open extents, which no inference gives.
        if (graph.Input.Any(i => i.Name == tensor) && _stated.TryGetValue(tensor, out var input))
            return input.Clone();
        if (known?.Invoke(tensor) is { DataType: not 0 } inferred)
            return Value(tensor, inferred);
        if (_stated.TryGetValue(tensor, out var stated))
            return stated.Clone();
        return _initializers.TryGetValue(tensor, out var initializer)
            ? Value(tensor, new KnownTensor(initializer.DataType, [.. initializer.Dims.Select(d => checked((int)d))]))
            : null;
    }

    /// <summary>Extents that are not known are left open.</summary>
    private static ValueInfoProto Value(string name, KnownTensor tensor)
    {
        var type = new TypeProto.Types.Tensor { ElemType = tensor.DataType };
        if (tensor.Shape is { } shape)
        {
            type.Shape = new TensorShapeProto();
            type.Shape.Dim.AddRange(shape.Select(extent => extent < 0 ? new TensorShapeProto.Types.Dimension() : new TensorShapeProto.Types.Dimension { DimValue = extent }));
        }
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
