using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// The integer operator for a float one between Q/DQ pairs, with its inputs in order: QLinearConv and QLinearMatMul of ONNX, and those of ONNX Runtime
/// (onnxruntime/docs/ContribOperators.md).
/// </summary>
internal static class IntegerOperators
{
    /// <summary>Which inputs of a float operator are quantized: both operands, all of a Concat, else the first. A bias is not among them.</summary>
    public static IEnumerable<int> Operands(NodeProto node) => node.OpType switch
    {
        "Concat" => Enumerable.Range(0, node.Input.Count),
        "Conv" or "Gemm" or "MatMul" or "Add" or "Mul" => [0, 1],
        _ => [0],
    };

    /// <summary>The integer operator; null when there is none.</summary>
    /// <param name="node">The float operator.</param>
    /// <param name="inputs">The DequantizeLinear of each operand.</param>
    /// <param name="outputs">The quantizer behind each output; null where the output is read as float.</param>
    /// <param name="bias">The int32 bias of a Conv or Gemm; "" without one, null for one in float.</param>
    public static NodeProto? Make(NodeProto node, NodeProto[] inputs, QuantizedOutput?[] outputs, string? bias)
    {
        var operands = inputs.SelectMany(i => i.Input).ToArray();
        return (node.OpType, outputs[0], bias) switch
        {
            (_, _, null) => null,
            ("Conv", { } y, _) => With(node, "QLinearConv", "", bias.Length > 0 ? [.. operands, .. y.Scale, bias] : [.. operands, .. y.Scale], y.Integers),
            ("MatMul", { } y, _) => With(node, "QLinearMatMul", "", [.. operands, .. y.Scale], y.Integers),
            // Operands first, then scales, then zero points.
            ("MatMul", null, _) => With(node, "MatMulIntegerToFloat", Domains.Microsoft, [.. inputs.Select(i => i.Input[0]), .. inputs.Select(i => i.Input[1]), .. inputs.Select(i => i.Input[2])], node.Output[0]),
            ("Gemm", { } y, _) => With(node, "QGemm", Domains.Microsoft, [.. operands, bias, .. y.Scale], y.Integers),
            ("Gemm", null, _) => With(node, "QGemm", Domains.Microsoft, bias.Length > 0 ? [.. operands, bias] : operands, node.Output[0]),
            ("Add" or "Mul" or "GlobalAveragePool" or "LeakyRelu" or "Sigmoid" or "AveragePool", { } y, _) => With(node, $"QLinear{node.OpType}", Domains.Microsoft, [.. operands, .. y.Scale], y.Integers),
            ("Concat", { } y, _) when !HasOneScale(inputs, y) => With(node, "QLinearConcat", Domains.Microsoft, [.. y.Scale, .. operands], y.Integers),
            _ => Moving(node, inputs, outputs),
        };
    }

    /// <summary>An operator that moves values works on integers as it is, when they have one scale on both sides.</summary>
    private static NodeProto? Moving(NodeProto node, NodeProto[] inputs, QuantizedOutput?[] outputs)
    {
        if (outputs.Any(o => o is null || o.Passed.Length > 1 || !HasOneScale(inputs, o)))
            return null;
        var moving = node.Clone();
        for (var i = 0; i < inputs.Length; i++)
            moving.Input[i] = inputs[i].Input[0];
        for (var i = 0; i < outputs.Length; i++)
            moving.Output[i] = outputs[i]!.Integers;
        return moving;
    }

    private static bool HasOneScale(NodeProto[] inputs, QuantizedOutput output) => inputs.All(i => i.Input.Skip(1).SequenceEqual(output.Scale));

    private static NodeProto With(NodeProto node, string type, string domain, string[] inputs, string output)
    {
        var integer = NodeAttributes.Node(type, node.Name, inputs, output);
        integer.Domain = domain;
        // Gemm's beta is 1 whenever there is an int8 form, and QGemm has none.
        integer.Attribute.AddRange(node.Attribute.Where(a => a.Name != "beta"));
        return integer;
    }
}
