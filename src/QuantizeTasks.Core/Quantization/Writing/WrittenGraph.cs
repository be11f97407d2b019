using System.Reflection;
using Google.Protobuf;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>The graph of a quantized model while it is put together: nodes in order, constants by name.</summary>
internal sealed class WrittenGraph(TensorNames names, long opset)
{
    private static readonly string Version = typeof(WrittenGraph).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private const int FirstOpsetWith16Bits = 21;

    private readonly SortedDictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);

    /// <summary>So far, in order.</summary>
    public List<NodeProto> Nodes { get; } = [];

    public void Add(NodeProto node) => Nodes.Add(node);

    /// <summary>
    /// Adds a QuantizeLinear or DequantizeLinear. The default operator set knows 16-bit integers from version 21 on; before that ONNX Runtime's own operators of the same name do.
    /// </summary>
    public void Add(NodeProto node, QuantizedType type)
    {
        if (type.Bits() == 16 && opset < FirstOpsetWith16Bits)
            node.Domain = Domains.Microsoft;
        Nodes.Add(node);
    }

    /// <summary>Adds a constant that must not be there yet, or have the same value.</summary>
    public void Add(TensorProto constant) => _constants[constant.Name] = constant;

    /// <summary>Adds a constant; false when there was one of that name.</summary>
    public bool TryAdd(TensorProto constant) => _constants.TryAdd(constant.Name, constant);

    /// <summary>Adds stored integers and the node that dequantizes them.</summary>
    /// <param name="owner">Whose they are; part of the names of what is added.</param>
    /// <param name="values">The integers.</param>
    /// <param name="scales">A scalar, or one for each index along the axis.</param>
    /// <param name="zeroPoints">As many, of the integers' type.</param>
    /// <param name="axis">The axis of the scales; null for a scalar.</param>
    /// <returns>The float tensor.</returns>
    public string Dequantize(string owner, TensorProto values, TensorProto scales, TensorProto zeroPoints, int? axis)
    {
        Add(values);
        Add(scales);
        Add(zeroPoints);
        var output = names.Derive(owner, "dequantized");
        var node = NodeAttributes.Node("DequantizeLinear", $"{owner}/DequantizeLinear", [values.Name, scales.Name, zeroPoints.Name], output);
        if (axis is { } known)
            node.With("axis", (long)known);
        // What is no QuantizedType is int32, which the default operator set has always known.
        Add(node, Enum.IsDefined((QuantizedType)values.DataType) ? (QuantizedType)values.DataType : QuantizedType.Int8);
        return output;
    }

    /// <summary>The model with all constants: put together anew instead of cloned, so that what is not changed is shared with the float model, however large it is.</summary>
    public ModelProto ToModel(ModelProto source)
    {
        var graph = source.Graph;
        var result = new ModelProto
        {
            Graph = new GraphProto { Name = graph.Name, DocString = graph.DocString },
            IrVersion = source.IrVersion,
            Domain = source.Domain,
            ModelVersion = source.ModelVersion,
            DocString = source.DocString,
            ProducerName = "QuantizeTasks",
            ProducerVersion = Version,
        };
        result.OpsetImport.AddRange(source.OpsetImport);
        if (Nodes.Any(n => n.Domain == Domains.Microsoft))
            Domains.Import(result, Domains.Microsoft);
        result.MetadataProps.AddRange(source.MetadataProps);
        result.Functions.AddRange(source.Functions);
        result.Graph.Input.AddRange(graph.Input);
        result.Graph.Output.AddRange(graph.Output);
        result.Graph.ValueInfo.AddRange(graph.ValueInfo);
        result.Graph.Node.AddRange(Nodes);
        foreach (var initializer in graph.Initializer)
            TryAdd(initializer);
        result.Graph.Initializer.AddRange(_constants.Values);
        return result;
    }
}
