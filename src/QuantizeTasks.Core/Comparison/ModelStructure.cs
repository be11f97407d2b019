using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Comparison;

/// <summary>What can be said about a model without running it.</summary>
public sealed record ModelStructure
{
    /// <summary>The model's absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Of the model file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Of all its files.</summary>
    public required long Bytes { get; init; }

    /// <summary>Version of the default operator set.</summary>
    public required long Opset { get; init; }

    /// <summary>The program that wrote it, with its version; empty when it does not say.</summary>
    public required string Producer { get; init; }

    /// <summary>What the caller feeds.</summary>
    public required ImmutableArray<ModelTensor> Inputs { get; init; }

    /// <summary>What the caller gets.</summary>
    public required ImmutableArray<ModelTensor> Outputs { get; init; }

    /// <summary>How many operators of each type there are, in bodies of control flow and in functions too. A type of another domain than ONNX's has that before it.</summary>
    public required ImmutableSortedDictionary<string, int> Operators { get; init; }

    /// <summary>What is stored, by element type.</summary>
    public required ImmutableSortedDictionary<string, StoredElements> Stored { get; init; }

    internal static ModelStructure Of(ModelFile file)
    {
        var proto = file.Model.Proto;
        return new ModelStructure
        {
            Path = file.Path,
            Sha256 = file.Sha256,
            Bytes = file.Bytes,
            Opset = file.Model.Opset,
            Producer = $"{proto.ProducerName} {proto.ProducerVersion}".Trim(),
            Inputs = [.. file.Model.Graph.Inputs.Select(name => ModelTensor.Of(proto.Graph.Input.First(i => i.Name == name)))],
            Outputs = [.. proto.Graph.Output.Select(ModelTensor.Of)],
            Operators = Nodes(proto.Graph.Node).Concat(proto.Functions.SelectMany(f => Nodes(f.Node)))
                .GroupBy(n => n.Domain is "" or "ai.onnx" ? n.OpType : $"{n.Domain}.{n.OpType}", StringComparer.Ordinal)
                .ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            Stored = ModelTensors.In(proto).GroupBy(t => ModelTensor.TypeName(t.Tensor.DataType), StringComparer.Ordinal)
                .ToImmutableSortedDictionary(g => g.Key, g => StoredElements.Of(g.Select(t => t.Tensor)), StringComparer.Ordinal),
        };
    }

    private static IEnumerable<NodeProto> Nodes(IEnumerable<NodeProto> nodes) =>
        nodes.SelectMany(node => Nodes(node.Attribute.SelectMany(a => a.Bodies()).SelectMany(body => body.Node)).Prepend(node));
}

/// <summary>An input or an output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type, such as <c>float</c> or <c>uint8</c>.</param>
/// <param name="Shape">Its extents: numbers, names of open ones, <c>?</c> for those without a name.</param>
public sealed record ModelTensor(string Name, string Type, ImmutableArray<string> Shape)
{
    /// <summary>Such as <c>float[N,3,224,224]</c>.</summary>
    public string Kind => $"{Type}[{string.Join(',', Shape)}]";

    internal static ModelTensor Of(ValueInfoProto value) => value.Type?.TensorType is { } tensor
        ? new ModelTensor(value.Name, TypeName(tensor.ElemType), [.. tensor.Shape?.Dim.Select(Extent) ?? ["..."]])
        : new ModelTensor(value.Name, "no tensor", []);

    internal static string TypeName(int dataType) => ((TensorProto.Types.DataType)dataType).ToString().ToLowerInvariant();

    private static string Extent(TensorShapeProto.Types.Dimension extent) =>
        extent.HasDimValue ? extent.DimValue.ToString(CultureInfo.InvariantCulture) : extent.DimParam is { Length: > 0 } name ? name : "?";
}

/// <summary>Stored tensors of one element type.</summary>
/// <param name="Tensors">How many.</param>
/// <param name="Elements">How many elements they have together.</param>
public sealed record StoredElements(int Tensors, long Elements)
{
    internal static StoredElements Of(IEnumerable<TensorProto> tensors)
    {
        var (count, elements) = (0, 0L);
        foreach (var tensor in tensors)
            (count, elements) = (count + 1, elements + tensor.Dims.Aggregate(1L, (product, extent) => product * extent));
        return new StoredElements(count, elements);
    }
}
