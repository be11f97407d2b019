using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Onnx.Upgrade;

/// <summary>A graph, main or body, while its nodes are upgraded: what the rules need to read and to add.</summary>
internal sealed class GraphUpgrade(OnnxModel model, OnnxGraph graph, Func<string, KnownTensor?> known)
{
    public OnnxGraph Graph { get; } = graph;

    /// <summary>The operator set that the model still has.</summary>
    public long Opset { get; } = model.Opset;

    /// <summary>The same for a body. Nothing is known of its tensors.</summary>
    public GraphUpgrade Inside(GraphProto body) => new(model, new OnnxGraph(body), _ => null);

    public IReadOnlyList<int>? Shape(string tensor) => known(tensor)?.Shape;

    /// <summary>A name that is free in the whole model, as bodies see the names around them.</summary>
    public string Unique(NodeProto node, string what) => model.Graph.UniqueName($"{(node.Name.Length > 0 ? node.Name : node.Output[0])}_{what}");

    public string Constant(NodeProto node, string what, params long[] values) => Add(TensorData.Int64s(Unique(node, what), values, values.Length));

    public string Constant(NodeProto node, string what, float[] values) => Add(TensorData.Floats(Unique(node, what), values, values.Length));

    /// <summary>A scalar of the element type of a tensor, which is float when nothing is known about it.</summary>
    public string ConstantLike(NodeProto node, string what, string tensor, float value)
    {
        var name = Unique(node, what);
        return Add((DataType?)known(tensor)?.DataType switch
        {
            null or DataType.Float => TensorData.Floats(name, [value]),
            DataType.Double => new TensorProto { Name = name, DataType = (int)DataType.Double, DoubleData = { value } },
            DataType.Float16 => new TensorProto { Name = name, DataType = (int)DataType.Float16, RawData = ByteString.CopyFrom(BitConverter.GetBytes((Half)value)) },
            var other => throw Unsupported(node, $"a value of {other}"),
        });
    }

    /// <summary>Gives a node an input at this position, leaving optional ones before it empty.</summary>
    public void SetInput(NodeProto node, int index, string tensor)
    {
        while (node.Input.Count < index)
            Graph.AddInput(node, "");
        if (node.Input.Count == index)
            Graph.AddInput(node, tensor);
        else
            Graph.SetInput(node, index, tensor);
    }

    /// <summary>Takes an attribute away and returns it; null when the node does not have it.</summary>
    public static AttributeProto? Take(NodeProto node, string name)
    {
        var attribute = node.Find(name);
        if (attribute is not null)
            node.Attribute.Remove(attribute);
        return attribute;
    }

    public QuantizeException Unsupported(NodeProto node, string what) =>
        new(DiagnosticCodes.OpsetUnsupported, $"The model uses opset {Opset}, and {node.Label()} has {what}, which opset {OpsetUpgrade.Target} cannot express. Export the model again with opset {OpsetUpgrade.Target} or later.", new SourcePosition(model.Name));

    private string Add(TensorProto tensor)
    {
        Graph.AddInitializer(tensor);
        return tensor.Name;
    }
}
