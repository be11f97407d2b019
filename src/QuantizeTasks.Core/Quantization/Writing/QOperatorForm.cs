using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// Turns a Q/DQ model into one of integer operators: what ONNX Runtime makes of it when it loads it, but written down, so that other versions and settings of the runtime
/// have no choice. Layers that have no integer operator under their scales keep their Q/DQ pairs; those that nobody reads any more are left to <see cref="UnreadPairs"/>.
/// </summary>
internal sealed class QOperatorForm
{
    private readonly ModelProto _model;
    private readonly OnnxGraph _graph;
    private readonly Dictionary<NodeProto, NodeProto?> _replacements = new(ReferenceEqualityComparer.Instance);

    private QOperatorForm(ModelProto model) => (_model, _graph) = (model, new OnnxGraph(model.Graph));

    /// <param name="model">The Q/DQ model, which is changed.</param>
    /// <param name="isInteger">True for the names of nodes that are to compute with integers.</param>
    public static void Rewrite(ModelProto model, Func<string, bool> isInteger)
    {
        IntegerRows.Rewrite(model, isInteger);
        var form = new QOperatorForm(model);
        foreach (var node in model.Graph.Node.Where(n => isInteger(n.Name)).ToArray())
            form.Replace(node);
        form.Apply();
    }

    private void Replace(NodeProto node)
    {
        if (node.Output.Select(QuantizerBehind).ToArray() is not { Length: > 0 } behind)
            return;
        var inputs = IntegerOperators.Operands(node).Select(i => i < node.Input.Count && _graph.Producer(node.Input[i]) is { OpType: "DequantizeLinear", Domain: "" } dequantize ? dequantize : null).ToArray();
        if (inputs.Any(i => i is null || !HasBytes(i)) || behind.Any(b => b is not null && !HasBytes(b.Quantizer)) || IntegerOperators.Make(node, inputs!, behind, Bias(node)) is not { } integer)
            return;
        _replacements[node] = integer;
        if (integer.Domain == Domains.Microsoft)
            Domains.Import(_model, Domains.Microsoft);
        foreach (var output in behind.OfType<QuantizedOutput>())
            foreach (var passed in output.Passed)
                _replacements[passed] = null;
    }

    /// <summary>No kernel computes with 16-bit integers.</summary>
    private bool HasBytes(NodeProto quantizer) => _graph.TryGetConstant(quantizer.Input[2], out var zeroPoint) && TensorData.Bits(zeroPoint.DataType) == 8;

    /// <summary>The bias of a Conv or Gemm: int32 behind its DequantizeLinear, "" without one; null when it is in float.</summary>
    private string? Bias(NodeProto node) =>
        node.OpType is not ("Conv" or "Gemm") || node.Input.Count < 3 ? "" : _graph.Producer(node.Input[2]) is { OpType: "DequantizeLinear" } dequantize ? dequantize.Input[0] : null;

    /// <summary>The quantizer that alone reads a tensor, directly or behind a Relu or Clip that its range implies; null when there is none.</summary>
    private QuantizedOutput? QuantizerBehind(string tensor)
    {
        if (_graph.IsOutput(tensor) || _graph.Consumers(tensor) is not [var next])
            return null;
        if (next is { OpType: "QuantizeLinear", Domain: "" })
            return new QuantizedOutput(next, [next]);
        if (next.OpType is not ("Relu" or "Clip") || QuantizerBehind(next.Output[0]) is not { Passed: [_] } behind || !QuantizedRange.Implies(behind.Quantizer, next, _graph))
            return null;
        return behind with { Passed = [next, .. behind.Passed] };
    }

    private void Apply()
    {
        var nodes = _model.Graph.Node.ToArray();
        _model.Graph.Node.Clear();
        _model.Graph.Node.AddRange(nodes.Select(n => _replacements.TryGetValue(n, out var other) ? other : n).OfType<NodeProto>());
    }
}

/// <summary>The quantizer behind an operator.</summary>
/// <param name="Quantizer">The QuantizeLinear.</param>
/// <param name="Passed">What an integer operator does as well: the QuantizeLinear, and an activation function in front of it.</param>
internal sealed record QuantizedOutput(NodeProto Quantizer, NodeProto[] Passed)
{
    /// <summary>The integers.</summary>
    public string Integers => Quantizer.Output[0];

    /// <summary>Scale and zero point.</summary>
    public string[] Scale => [Quantizer.Input[1], Quantizer.Input[2]];
}
