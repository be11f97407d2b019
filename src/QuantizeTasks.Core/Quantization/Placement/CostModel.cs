using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// What an operator costs in float and in int8, in picoseconds on one core: rates measured with ONNX Runtime 1.30's profiler on x64 with VNNI. Only ratios matter,
/// and only where float and int8 are close, so the figures need not be exact; being constants they give the same placement on every machine.
/// </summary>
internal sealed class CostModel(PreparedModel prepared)
{
    /// <summary>Starting an operator.</summary>
    private const long Overhead = 1_500_000;

    /// <summary>What an int8 convolution or multiplication takes more to start than a float one.</summary>
    private const long IntegerOverhead = 2_000_000;

    /// <summary>Converting one value.</summary>
    private const long Conversion = 140;

    /// <summary>Bringing one value from planes into the order that int8 convolutions work in, or back.</summary>
    private const long Interleaving = 50;

    /// <summary>Bringing one value from or into the blocks that float convolutions work in.</summary>
    private const long Blocking = 230;

    /// <summary>Channels in such a block; the last block is computed in full.</summary>
    private const long Block = 16;

    /// <summary>What an open extent counts as. It scales float and int8 cost alike.</summary>
    private const long OpenExtent = 32;

    private readonly OnnxGraph _graph = prepared.Model.Graph;

    /// <summary>QuantizeLinear on a tensor that a float operator makes.</summary>
    public long Quantize(string tensor) => Convert(tensor, _graph.Producer(tensor) is not null);

    /// <summary>DequantizeLinear on a tensor that a float operator reads.</summary>
    public long Dequantize(string tensor) => Convert(tensor, _graph.Consumers(tensor).Any(c => c.OpType == "Conv"));

    public (long Float, long Int8) Of(AgnosticOperator agnostic)
    {
        var elements = agnostic.Outputs.Sum(Elements);
        return agnostic.OperatorType switch
        {
            "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" => (0, 0),
            "MaxPool" => (elements * 200, elements * 760),
            _ => (elements * 250, elements * 70),
        };
    }

    public (long Float, long Int8) Of(QuantizedLayer layer)
    {
        var outputs = Elements(layer.Output);
        return layer.OperatorType switch
        {
            "Conv" => Convolution(outputs, layer.Weights!),
            "Gemm" or "MatMul" => Product(outputs, layer),
            "GlobalAveragePool" => (Elements(layer.Inputs[0]) * 110, Elements(layer.Inputs[0]) * 130),
            "LeakyRelu" => (outputs * 400, outputs * 600),
            "Mul" => (outputs * 420, outputs * 330),
            // The float kernel of a convolution adds the other branch on its way.
            "Add" => (outputs * (layer.Inputs.Any(i => _graph.Producer(i)?.OpType == "Conv") ? 60 : 250), outputs * 200),
            _ => (outputs * 250, outputs * 250),
        };
    }

    private (long Float, long Int8) Convolution(long outputs, LayerWeights layerWeights)
    {
        var weights = Constant(layerWeights.Tensor);
        var (channels, inputs) = (weights.Dims[0], weights.Dims[1]);
        var taps = weights.Length() / (channels * inputs);
        var pixels = outputs / channels;
        if (layerWeights.IsDepthwise)
            return (outputs * taps * 45, IntegerOverhead + (pixels * 7_000) + (outputs * taps * 40));
        // A thin input is read as planes, which is slower for each product but computes no empty channels.
        var products = pixels * taps * Blocks(channels) * (inputs < Block ? inputs * 30 : Blocks(inputs) * 21);
        // Other than 1x1 the int8 kernel first copies what each output sees into a row, tap by tap.
        var gathering = taps > 1 ? pixels * taps * 3_000 : 0;
        return (products + (weights.Length() * 100), IntegerOverhead + (outputs * inputs * taps * 5) + (outputs * 90) + gathering + (weights.Length() * 60));
    }

    private (long Float, long Int8) Product(long outputs, QuantizedLayer layer)
    {
        var weights = Constant(layer.Weights!.Tensor);
        var sums = outputs * (weights.Length() / layer.Weights.Channels);
        return ((sums * 20) + (weights.Length() * 60), IntegerOverhead + (sums * 11 / 2) + (outputs * 280) + (weights.Length() * 30) + LostBiasFusion(layer, outputs));
    }

    /// <summary>In float the bias of a MatMul before a residual addition and a layer normalization is added by SkipLayerNormalization; the int8 kernel leaves it to an Add.</summary>
    private long LostBiasFusion(QuantizedLayer layer, long outputs) =>
        layer.OperatorType == "MatMul" && layer.Weights?.Bias is not null && _graph.Consumers(layer.Output) is [{ OpType: "Add" } add] && !add.Input.Any(_graph.IsConstant)
            ? Overhead + (outputs * 400) : 0;

    /// <summary>Up to three operators: one converts, one interleaves the planes or undoes that, one does so with the blocks.</summary>
    private long Convert(string tensor, bool isBlocked) => !IsImage(tensor) ? Overhead + (Elements(tensor) * Conversion)
        : isBlocked ? (3 * Overhead) + (Elements(tensor) * (Conversion + Interleaving + Blocking))
        : (2 * Overhead) + (Elements(tensor) * (Conversion + Interleaving));

    private TensorProto Constant(string name) => _graph.TryGetConstant(name, out var value) ? value : throw new InvalidOperationException($"'{name}' is no constant.");

    /// <summary>True for a tensor that convolutions read or write, directly or through what works in their layout.</summary>
    private bool IsImage(string tensor) => prepared.Tensors.Rank(tensor) switch
    {
        4 => KeepsLayout(_graph.Producer(tensor)) || _graph.Consumers(tensor).Any(KeepsLayout),
        3 => _graph.Producer(tensor)?.OpType == "Conv" || _graph.Consumers(tensor).Any(c => c.OpType == "Conv"),
        _ => false,
    };

    private static bool KeepsLayout(NodeProto? node) => node?.OpType is "Conv" or "Relu" or "Clip" or "MaxPool" or "PRelu";

    private static long Blocks(long channels) => (channels + Block - 1) / Block * Block;

    private long Elements(string tensor)
    {
        var shape = prepared.Tensors.Shape(tensor) ?? [-1, -1, -1];
        // One sample: the batch extent is 1.
        return shape.Select((extent, axis) => extent >= 0 ? extent : axis == 0 ? 1 : OpenExtent).Aggregate(1L, (product, extent) => product * extent);
    }
}
