using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Recognises a model that somebody has quantized before. Its float accuracy is gone, so a budget against it would prove nothing.</summary>
internal static class QuantizedOperators
{
    /// <summary>The first node that computes with integers or converts to and from them; null in a float model.</summary>
    public static NodeProto? FindIn(OnnxModel model) => model.Graph.Nodes.FirstOrDefault(node => IsQuantized(node.OpType));

    // Both Q/DQ and QOperator forms, of the default operator set and of com.microsoft.
    private static bool IsQuantized(string operatorType) =>
        operatorType is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear" or "ConvInteger" or "MatMulInteger" or "MatMulIntegerToFloat"
            or "DynamicQuantizeMatMul" or "MatMulNBits" or "QGemm" or "QAttention"
        || operatorType.StartsWith("QLinear", StringComparison.Ordinal);
}
