using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Multiplies Gemm's alpha and beta into constant weights and biases: Y = alpha A' B' + beta C (ONNX operator Gemm).
/// ONNX Runtime's integer Gemm takes alpha but wants the bias at the product of the two scales, which leaves no room for a beta.
/// </summary>
internal static class GemmFactors
{
    public static void Fold(OnnxGraph graph)
    {
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.OpType != "Gemm" || node.Domain is not ("" or "ai.onnx"))
                continue;
            FoldFactor(graph, node, "alpha", 1);
            if (node.Input.Count > 2 && node.Input[2].Length > 0)
                FoldFactor(graph, node, "beta", 2);
            else if (node.Find("beta") is { } factorOfNothing)
                node.Attribute.Remove(factorOfNothing);
        }
    }

    private static void FoldFactor(OnnxGraph graph, NodeProto node, string name, int input)
    {
        var factor = node.Float(name, 1);
        if (factor == 1 || !graph.TryGetConstant(node.Input[input], out var tensor) || !tensor.IsFloat())
            return;
        float[] values = [.. tensor.ToFloats().Select(v => v * factor)];
        if (!values.All(float.IsFinite))
            return;
        Weights.Replace(graph, node, input, values);
        node.Attribute.Remove(node.Find(name));
    }
}
