using Google.Protobuf.Collections;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Moves the pairs around a Gemm of rows to the Gemm itself, as the runtime does (QDQPropagation), so that its Reshapes work on integers.</summary>
internal static class IntegerRows
{
    /// <param name="model">The Q/DQ model, which is changed.</param>
    /// <param name="isInteger">True for the names of nodes that are to compute with integers.</param>
    public static void Rewrite(ModelProto model, Func<string, bool> isInteger)
    {
        var graph = new OnnxGraph(model.Graph);
        var reshaped = new HashSet<string>(StringComparer.Ordinal);
        foreach (var gemm in model.Graph.Node.Where(n => n.OpType == "Gemm" && isInteger(n.Name)).ToArray())
        {
            if (graph.Producer(gemm.Input[0]) is { OpType: "Reshape" } before && graph.Producer(before.Input[0]) is { OpType: "DequantizeLinear" } dequantize && reshaped.Add(before.Name))
                Dequantize(model.Graph.Node, before, dequantize);
            if (graph.Consumers(gemm.Output[0]) is [{ OpType: "Reshape" } behind] && graph.Consumers(behind.Output[0]) is [{ OpType: "QuantizeLinear" } quantize] && !graph.IsOutput(behind.Output[0]))
                Quantize(model.Graph.Node, behind, quantize);
        }
    }

    /// <summary>Dequantized and then reshaped becomes reshaped and then dequantized.</summary>
    private static void Dequantize(RepeatedField<NodeProto> nodes, NodeProto reshape, NodeProto dequantize)
    {
        var after = dequantize.Clone();
        (after.Name, after.Input[0], after.Output[0]) = ($"{reshape.Name}/DequantizeLinear", $"{reshape.Output[0]}/quantized", reshape.Output[0]);
        (reshape.Input[0], reshape.Output[0]) = (dequantize.Input[0], after.Input[0]);
        nodes.Insert(nodes.IndexOf(reshape) + 1, after);
    }

    /// <summary>Reshaped and then quantized becomes quantized and then reshaped.</summary>
    private static void Quantize(RepeatedField<NodeProto> nodes, NodeProto reshape, NodeProto quantize)
    {
        var (rows, integers) = (reshape.Input[0], quantize.Output[0]);
        (quantize.Input[0], quantize.Output[0]) = (rows, reshape.Output[0]);
        (reshape.Input[0], reshape.Output[0]) = (quantize.Output[0], integers);
        nodes.Remove(quantize);
        nodes.Insert(nodes.IndexOf(reshape), quantize);
    }
}
