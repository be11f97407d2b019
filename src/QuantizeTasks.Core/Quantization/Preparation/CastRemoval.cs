using QuantizeTasks.Onnx;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>Removes conversions from float to float: what is left, after <see cref="HalfPrecision"/>, of those that a model of mixed precision is full of. A runtime would not fuse anything across them.</summary>
internal static class CastRemoval
{
    public static void Apply(OnnxGraph graph, TensorCatalogue tensors)
    {
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.OpType != "Cast" || node.Domain is not ("" or "ai.onnx") || graph.IsOutput(node.Output[0])
                || (DataType)node.Int("to", 0) != DataType.Float || !tensors.IsFloat(node.Input[0]))
                continue;
            graph.ReplaceUses(node.Output[0], node.Input[0], inBodies: true);
            if (graph.Consumers(node.Output[0]).Count == 0)
                graph.Remove(node);
        }
    }
}
