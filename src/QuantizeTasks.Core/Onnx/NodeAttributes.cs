using Google.Protobuf;
using QuantizeTasks.Onnx.Proto;
using AttributeType = QuantizeTasks.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace QuantizeTasks.Onnx;

/// <summary>Typed access to a node's attributes.</summary>
internal static class NodeAttributes
{
    public static AttributeProto? Find(this NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name);

    public static long Int(this NodeProto node, string name, long fallback) => node.Find(name)?.I ?? fallback;

    public static float Float(this NodeProto node, string name, float fallback) => node.Find(name)?.F ?? fallback;

    public static string Text(this NodeProto node, string name, string fallback) => node.Find(name)?.S.ToStringUtf8() ?? fallback;

    public static long[]? Ints(this NodeProto node, string name) => node.Find(name)?.Ints.ToArray();

    public static NodeProto With(this NodeProto node, string name, long value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.Int, I = value });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, float value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.Float, F = value });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, string value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) });
        return node;
    }

    public static NodeProto With(this NodeProto node, string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values);
        node.Attribute.Add(attribute);
        return node;
    }

    /// <summary>A node of the default operator set.</summary>
    public static NodeProto Node(string opType, string name, IEnumerable<string> inputs, params string[] outputs)
    {
        var node = new NodeProto { OpType = opType, Name = name };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        return node;
    }
}
