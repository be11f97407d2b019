using System.Runtime.InteropServices;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx;

/// <summary>The value of a Constant node, in whichever of its attributes the exporter put it (ONNX operator Constant, versions 1 to 25).</summary>
internal static class ConstantNode
{
    /// <summary>The value, named as the node's output; null when the node is no Constant, or one of text or sparse values.</summary>
    public static TensorProto? Value(NodeProto node)
    {
        if (node.OpType != "Constant" || node.Domain is not ("" or "ai.onnx") || node.Output.Count == 0)
            return null;
        var name = node.Output[0];
        foreach (var attribute in node.Attribute)
        {
            switch (attribute.Name)
            {
                case "value" when attribute.T is { } tensor:
                    if (tensor.Name == name)
                        return tensor;
                    var named = tensor.Clone();
                    named.Name = name;
                    return named;
                case "value_float":
                    return TensorData.Floats(name, [attribute.F]);
                case "value_floats":
                    return TensorData.Floats(name, attribute.Floats.ToArray(), attribute.Floats.Count);
                case "value_int":
                    return TensorData.Int64s(name, [attribute.I]);
                case "value_ints":
                    return TensorData.Int64s(name, attribute.Ints.ToArray(), attribute.Ints.Count);
                default:
                    break;
            }
        }
        return null;
    }
}
