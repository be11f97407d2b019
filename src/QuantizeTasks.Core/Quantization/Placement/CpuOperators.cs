using System.Collections.Frozen;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// Which operators ONNX Runtime's CPU provider runs in int8 when Q/DQ pairs surround them (its QDQ selectors,
/// onnxruntime/core/optimizer/qdq_transformer/selectors_actions/qdq_selector_action_transformer.cc), and of those the ones where int8 was not measured to be slower.
/// </summary>
internal static class CpuOperators
{
    private const string Slower = "ONNX Runtime has an int8 kernel for it that is slower than the float one";

    private static readonly FrozenDictionary<string, (OperatorKind Kind, string Reason)> Rules = new Dictionary<string, (OperatorKind, string)>(StringComparer.Ordinal)
    {
        ["Conv"] = (OperatorKind.Weighted, ""),
        ["Gemm"] = (OperatorKind.Weighted, ""),
        ["MatMul"] = (OperatorKind.Weighted, ""),

        ["Add"] = (OperatorKind.Rescaling, ""),
        ["Mul"] = (OperatorKind.Rescaling, ""),
        ["GlobalAveragePool"] = (OperatorKind.Rescaling, ""),
        ["LeakyRelu"] = (OperatorKind.Rescaling, ""),
        ["Concat"] = (OperatorKind.Agnostic, ""),

        ["DepthToSpace"] = (OperatorKind.Agnostic, ""),
        ["Expand"] = (OperatorKind.Agnostic, ""),
        ["Flatten"] = (OperatorKind.Agnostic, ""),
        ["Gather"] = (OperatorKind.Agnostic, ""),
        ["ReduceMax"] = (OperatorKind.Agnostic, ""),
        ["ReduceMin"] = (OperatorKind.Agnostic, ""),
        ["Split"] = (OperatorKind.Agnostic, ""),
        ["Tile"] = (OperatorKind.Agnostic, ""),
        ["MaxPool"] = (OperatorKind.Agnostic, ""),
        ["Reshape"] = (OperatorKind.Agnostic, ""),
        ["Resize"] = (OperatorKind.Agnostic, ""),
        ["Slice"] = (OperatorKind.Agnostic, ""),
        ["Squeeze"] = (OperatorKind.Agnostic, ""),
        ["Transpose"] = (OperatorKind.Agnostic, ""),
        ["Unsqueeze"] = (OperatorKind.Agnostic, ""),

        ["AveragePool"] = (OperatorKind.Float, Slower),
        ["Sigmoid"] = (OperatorKind.Float, Slower),
        ["Softmax"] = (OperatorKind.Float, Slower),
        ["Where"] = (OperatorKind.Float, Slower),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The kind of an operator type, and why when it is <see cref="OperatorKind.Float"/>.</summary>
    public static (OperatorKind Kind, string Reason) Of(string operatorType) =>
        Rules.TryGetValue(operatorType, out var rule) ? rule : (OperatorKind.Float, "ONNX Runtime has no int8 kernel for it");
}
