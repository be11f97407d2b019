using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Inference.Emulation;

/// <summary>QLinearMatMul, QGemm, MatMulIntegerToFloat and MatMulInteger, with a constant matrix of weights.</summary>
internal sealed class EmulatedMatrixProduct : EmulatedOperator
{
    private readonly byte _zeroPoint;
    private readonly int[] _offsets;
    private readonly OutputStage _stage;
    private readonly PackedWeights _weights;

    public EmulatedMatrixProduct(NodeProto node, OnnxGraph graph, int weights)
        : base(node, graph)
    {
        var dims = Constant(weights)!.Dims;
        if (dims.Count != 2)
            throw NotEmulated(node, "its weights are not a matrix");
        if (node.Int("transA", 0) != 0)
            throw NotEmulated(node, "its input is transposed");
        var isTransposed = node.Int("transB", 0) != 0;
        var (first, second) = (checked((int)dims[0]), checked((int)dims[1]));
        // Where each operator has the zero points of its input and of its weights.
        var (inputZero, weightZero) = node.OpType switch { "QLinearMatMul" or "QGemm" => (2, 5), "MatMulInteger" => (2, 3), _ => (4, 5) };
        _zeroPoint = ZeroPoint(inputZero);
        var values = Weights(weights, weightZero);
        _weights = isTransposed
            ? new PackedWeights(second, first, (row, column) => values[(column * second) + row])
            : new PackedWeights(first, second, (row, column) => values[(row * second) + column]);
        var bias = node.OpType == "QGemm" ? Constant(6)?.ToInt64s() : null;
        if (bias is not null && bias.Length != 1 && bias.Length != _weights.Columns)
            throw NotEmulated(node, "its bias is not one value a column");
        _offsets = [.. _weights.ColumnSums.Select((sum, column) => unchecked((int)(bias is null ? 0 : bias[bias.Length == 1 ? 0 : column]) - (sum * _zeroPoint)))];
        _stage = node.OpType switch
        {
            "MatMulInteger" => new OutputStage(null, null),
            "MatMulIntegerToFloat" => new OutputStage([.. Scales(3).Select(b => Scales(2)[0] * b)], null, Constant(6)?.ToFloats()),
            "QLinearMatMul" => new OutputStage([.. Scales(4).Select(b => Scales(1)[0] * b / Scales(6)[0])], ZeroPoint(7)),
            _ when Constant(7) is null => new OutputStage([.. Scales(4).Select(b => node.Float("alpha", 1) * Scales(1)[0] * b)], null),
            _ => new OutputStage([.. Scales(4).Select(b => node.Float("alpha", 1) * Scales(1)[0] * b / Scales(7)[0])], ZeroPoint(8)),
        };
    }

    public override (long Risky, long All) WeightPairs => (_weights.RiskyPairs, _weights.Pairs);

    public override (Tensor Output, long Pairs, long Saturated) Run(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var input = tensors[Node.Input[0]];
        if (input.Shape.Count < 2 || input.Shape[^1] != _weights.Rows)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"'{Node.Name}' sums over {_weights.Rows} values, but was given {input}.");
        var (rows, width) = (input.Length / Math.Max(1, _weights.Rows), _weights.Steps * PackedWeights.Step);
        var left = input.As<byte>();
        if (width != _weights.Rows)
        {
            var padded = new byte[checked(rows * width)];
            for (var row = 0; row < rows; row++)
                left.AsSpan(row * _weights.Rows, _weights.Rows).CopyTo(padded.AsSpan(row * width));
            left = padded;
        }
        var sums = new int[checked(rows * _weights.Columns)];
        var saturated = SaturatingProduct.Multiply(left, rows, _weights, sums);
        for (var i = 0; i < sums.Length; i++)
            sums[i] = unchecked(sums[i] + _offsets[i % _weights.Columns]);
        return (_stage.Apply(sums, _weights.Columns, [.. input.Shape.SkipLast(1), _weights.Columns]), (long)rows * _weights.Columns * ((_weights.Rows + 1L) / 2), saturated);
    }
}
