using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Inference.Emulation;

/// <summary>An operator of the optimized graph whose products are computed as <see cref="SaturatingPairs"/> says.</summary>
/// <param name="node">The operator.</param>
/// <param name="graph">Its graph, for its constants.</param>
internal abstract class EmulatedOperator(NodeProto node, OnnxGraph graph)
{
    public NodeProto Node { get; } = node;

    /// <summary>The tensors that are computed while the model runs.</summary>
    public IEnumerable<string> Inputs => Node.Input.Where(i => i.Length > 0 && !graph.IsInitializer(i)).Distinct(StringComparer.Ordinal);

    /// <summary>Weight pairs, and how many of them can saturate.</summary>
    public abstract (long Risky, long All) WeightPairs { get; }

    /// <summary>Computes the output.</summary>
    /// <param name="tensors">Everything in <see cref="Inputs"/>.</param>
    /// <returns>The output, how many pairs of products there were, and how many saturated.</returns>
    public abstract (Tensor Output, long Pairs, long Saturated) Run(IReadOnlyDictionary<string, Tensor> tensors);

    /// <summary>The operator when it multiplies unsigned by signed bytes; null for any other one, which every processor computes alike.</summary>
    /// <param name="node">The operator.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="typeOf">Element type of a tensor, null where not known.</param>
    /// <exception cref="QuantizeException">It multiplies so, but in a way that is not emulated.</exception>
    public static EmulatedOperator? For(NodeProto node, OnnxGraph graph, Func<string, DataType?> typeOf)
    {
        var weights = node.OpType switch { "QLinearConv" or "QLinearMatMul" or "QGemm" => 3, "MatMulIntegerToFloat" or "MatMulInteger" or "ConvInteger" => 1, _ => -1 };
        if (weights < 0)
            return node.OpType is "DynamicQuantizeMatMul" or "DynamicQuantizeLSTM" or "QAttention" && node.Input.Any(i => typeOf(i) == DataType.Int8 && !IsHalfRange(i, graph))
                ? throw NotEmulated(node, "there is no emulation of this operator")
                : null;
        if (typeOf(node.Input[0]) != DataType.Uint8 || typeOf(node.Input[weights]) != DataType.Int8)
            return null;
        if (!graph.IsInitializer(node.Input[weights]))
            throw NotEmulated(node, "its signed operand is not a constant");
        if (node.OpType is not ("QLinearConv" or "ConvInteger"))
            return new EmulatedMatrixProduct(node, graph, weights);
        return EmulatedConvolution.IsDepthwise(node, graph, weights) ? null : new EmulatedConvolution(node, graph, weights);
    }

    /// <summary>True for weights of which no two products with bytes leave 16 bits: 2 * 64 * 255 = 32640.</summary>
    private static bool IsHalfRange(string tensor, OnnxGraph graph) => graph.TryGetConstant(tensor, out var constant) && constant.ToInt64s().All(value => value is >= -64 and <= 64);

    /// <summary>A constant among the inputs; null when the operator does not have it.</summary>
    protected TensorProto? Constant(int input)
    {
        if (Node.Input.Count <= input || Node.Input[input].Length == 0)
            return null;
        return graph.TryGetConstant(Node.Input[input], out var constant) ? constant : throw NotEmulated(Node, $"its input '{Node.Input[input]}' is not a constant");
    }

    /// <summary>A scale, or several.</summary>
    protected float[] Scales(int input) => Constant(input)?.ToFloats() ?? throw NotEmulated(Node, "it has no scale");

    /// <summary>A zero point; 0 when the operator does not have it.</summary>
    protected byte ZeroPoint(int input) => Constant(input) is { } constant ? checked((byte)constant.ToInt64s()[0]) : (byte)0;

    /// <summary>The signed operand, which must be stored without a zero point: ONNX Runtime's own packed kernels assume so, too.</summary>
    protected sbyte[] Weights(int input, int zeroPoint)
    {
        if (Constant(zeroPoint) is { } zero && zero.ToInt64s().Any(z => z != 0))
            throw NotEmulated(Node, "its weights have a zero point other than 0");
        return Array.ConvertAll(Constant(input)!.ToInt64s(), value => (sbyte)value);
    }

    protected static QuantizeException NotEmulated(NodeProto node, string reason) =>
        new(DiagnosticCodes.NotEmulated, $"The {node.OpType} '{node.Name}' cannot be emulated: {reason}.");
}
