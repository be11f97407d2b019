using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// What an operator costs in float and in int8, in picoseconds on one core: measured rates of ONNX Runtime 1.30 on x64 with VNNI. Only ratios matter,
/// and only where int8 and float are close, so the figures need not be exact; being constants they give the same placement on every machine.
/// </summary>
internal sealed class CostModel(PreparedModel prepared)
{
    /// <summary>Starting an operator.</summary>
    private const long Overhead = 1_500_000;

    /// <summary>What an open extent counts as. It scales float and int8 cost alike.</summary>
    private const long OpenExtent = 32;

    private readonly OnnxGraph _graph = prepared.Model.Graph;

    /// <summary>QuantizeLinear on a tensor, with the change of layout that convolutions need.</summary>
    public long Quantize(string tensor) => Overhead + (Elements(tensor) * (IsImage(tensor) ? 450 : 250));

    /// <summary>DequantizeLinear on a tensor, with the change of layout that convolutions need.</summary>
    public long Dequantize(string tensor) => Overhead + (Elements(tensor) * (IsImage(tensor) ? 450 : 250));

    public (long Float, long Int8) Of(AgnosticOperator agnostic)
    {
        var elements = Elements(agnostic.Output) + (agnostic.OperatorType == "MaxPool" ? Elements(agnostic.Inputs[0]) : 0);
        return agnostic.OperatorType is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" ? (0, 0) : (elements * 250, elements * 70);
    }

    public (long Float, long Int8) Of(QuantizedLayer layer)
    {
        var outputs = Elements(layer.Output);
        if (layer.Weights is not { } weights)
            return layer.OperatorType switch
            {
                "GlobalAveragePool" => (Elements(layer.Inputs[0]) * 240, Elements(layer.Inputs[0]) * 65),
                "LeakyRelu" => (outputs * 400, outputs * 600),
                "Mul" => (outputs * 420, outputs * 330),
                _ => (outputs * 420, outputs * 200),
            };
        if (!_graph.TryGetConstant(weights.Tensor, out var tensor))
            throw new InvalidOperationException($"'{weights.Tensor}' is no constant.");
        var perOutput = tensor.Length() / weights.Channels;
        var work = outputs * perOutput;
        if (layer.OperatorType != "Conv")
            return (work * 22, work * 6);
        if (tensor.Dims[1] == 1 && weights.Channels > 1)
            return (work * 110, work * 85);
        return (work * 26, (work * 6) + ThinInput(outputs, tensor));
    }

    /// <summary>The int8 kernel gathers its input into rows; with a few input channels that costs more than the multiplication.</summary>
    private static long ThinInput(long outputs, TensorProto weights) =>
        weights.Dims[1] < 8 ? outputs / weights.Dims[0] * (weights.Length() / weights.Dims[0]) * 1000 : 0;

    private bool IsImage(string tensor) => prepared.Tensors.Rank(tensor) is 3 or 4;

    private long Elements(string tensor)
    {
        var shape = prepared.Tensors.Shape(tensor) ?? [-1, -1, -1];
        // One sample: the batch extent is 1.
        return shape.Select((extent, axis) => extent >= 0 ? extent : axis == 0 ? 1 : OpenExtent).Aggregate(1L, (product, extent) => product * extent);
    }
}
