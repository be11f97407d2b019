using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Recognises a model that somebody has quantized before. Its float accuracy is gone, so a budget against it would prove nothing.</summary>
internal static class QuantizedOperators
{
    /// <summary>The first node that computes with integers or converts to and from them; null in a float model.</summary>
    public static NodeProto? FindIn(OnnxModel model) => model.Graph.Nodes.FirstOrDefault(node => IsQuantized(node.OpType));

    /// <summary>Refuses a model that is not float.</summary>
    /// <exception cref="QuantizeException">It has such a node.</exception>
    public static void Reject(OnnxModel model, SourcePosition? position = null)
    {
        if (FindIn(model) is { } node)
            throw new QuantizeException(DiagnosticCodes.AlreadyQuantized,
                $"'{model.Name}' is quantized already: it has the node '{node.Name}' of type {node.OpType}. Give the float model that it was made from.", position ?? new SourcePosition(model.Name));
    }

    // Both Q/DQ and QOperator forms, of the default operator set and of com.microsoft.
    private static bool IsQuantized(string operatorType) =>
        operatorType is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear" or "ConvInteger" or "MatMulInteger" or "MatMulIntegerToFloat"
            or "DynamicQuantizeMatMul" or "DynamicQuantizeLSTM" or "MatMulNBits" or "QGemm" or "QAttention"
        || operatorType.StartsWith("QLinear", StringComparison.Ordinal);
}
