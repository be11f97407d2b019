using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>What an operator costs in float and in int8 on a device, in picoseconds on one core. Only ratios matter, and only where float and int8 are close.</summary>
internal sealed class CostModel(PreparedModel prepared, CostTable costs)
{
    /// <summary>Channels that a float convolution computes together; the last such block is computed in full.</summary>
    private const long Block = 16;

    /// <summary>What an open extent counts as. It scales float and int8 cost alike.</summary>
    private const long OpenExtent = 32;

    private readonly OnnxGraph _graph = prepared.Model.Graph;

    /// <summary>The cost of every candidate by its name.</summary>
    public IReadOnlyDictionary<string, OperatorCost> Of(Candidates candidates) => candidates.Layers.Select(l => (l.Name, Cost: Of(l)))
        .Concat(candidates.AgnosticOperators.Select(a => (a.Name, Cost: Of(a)))).Concat(candidates.Dynamic.Select(d => (d.Name, Cost: Of(d)))).ToDictionary(c => c.Name, c => c.Cost, StringComparer.Ordinal);

    /// <summary>QuantizeLinear on a tensor that a float operator makes.</summary>
    public long Quantize(string tensor) => Convert(tensor, _graph.Producer(tensor) is not null);

    /// <summary>DequantizeLinear on a tensor that a float operator reads.</summary>
    public long Dequantize(string tensor) => Convert(tensor, _graph.Consumers(tensor).Any(c => c.OpType == "Conv"));

    private OperatorCost Of(StoredLayer recurrent)
    {
        var (weights, states) = (Constant(recurrent.Tensors[0].Tensor).Dims, Constant(recurrent.Tensors[1].Tensor).Dims);
        // (steps, batch, input): one sample, and what an open number of steps counts as.
        var shape = prepared.Tensors.Shape(_graph.Nodes.First(n => n.Name == recurrent.Name).Input[0]) ?? [-1, 1, -1];
        var steps = (shape[0] < 0 ? OpenExtent : shape[0]) * weights[0];
        var gates = steps * Math.Max(shape[1], 1) * weights[1];
        (string, double)[] amounts = [("start", 1), ("product", (double)gates * (weights[2] + states[2])), ("gate", gates), ("step", steps), ("weight", weights[0] * weights[1] * (weights[2] + states[2]))];
        return new(Round(costs.Of(Kernels.FloatRecurrent, amounts)), Round(costs.Of(Kernels.Int8Recurrent, amounts)));
    }

    private OperatorCost Of(AgnosticOperator agnostic) => OfValues(agnostic.OperatorType, agnostic.Outputs.Sum(Elements));

    private OperatorCost Of(QuantizedLayer layer)
    {
        var outputs = Elements(layer.Output);
        return layer.OperatorType switch
        {
            "Conv" => Convolution(outputs, layer.Weights!),
            "Gemm" or "MatMul" when layer.Weights is null or { Input: 0 } => UnsignedProduct(outputs, layer),
            "Gemm" or "MatMul" => Product(outputs, layer),
            // A reduction costs what it reads.
            "GlobalAveragePool" => OfValues(layer.OperatorType, Elements(layer.Inputs[0])),
            "Add" when layer.Inputs.Any(i => _graph.Producer(i)?.OpType == "Conv") =>
                OfValues(layer.OperatorType, outputs) with { Float = Round(costs.Of(Kernels.FusedAddition, ("value", outputs))) },
            _ => OfValues(layer.OperatorType, outputs),
        };
    }

    private OperatorCost OfValues(string operatorType, long values)
    {
        var (inFloat, inInt8) = costs.Values.GetValueOrDefault(operatorType);
        return new(Round(inFloat * values), Round(inInt8 * values));
    }

    private OperatorCost Convolution(long outputs, LayerWeights layerWeights)
    {
        var weights = Constant(layerWeights.Tensor);
        var (channels, inputs) = (weights.Dims[0], weights.Dims[1]);
        var taps = weights.Length() / (channels * inputs);
        var pixels = outputs / channels;
        if (layerWeights.IsDepthwise)
            return new(Round(costs.Of(Kernels.FloatDepthwise, ("start", 1), ("product", outputs * taps))),
                Round(costs.Of(Kernels.Int8Depthwise, ("start", 1), ("product", outputs * taps), ("pixel", pixels))));
        if (layerWeights.Groups > 1)
            return new(Round(costs.Of(Kernels.FloatGroups, ("start", 1), ("product", outputs * inputs * taps))),
                Round(costs.Of(Kernels.Int8Groups, ("start", 1), ("product", outputs * inputs * taps), ("output", outputs))));
        // A thin input is read as planes, which is slower for each product but computes no empty channels.
        var products = pixels * taps * Blocks(channels) * (inputs < Block ? inputs : Blocks(inputs));
        return new(
            Round(costs.Of(Kernels.FloatConvolution, ("start", 1), (inputs < Block ? "thin_product" : "product", products), ("weight", weights.Length()))),
            Round(costs.Of(Kernels.Int8Convolution, ("start", 1), ("product", outputs * inputs * taps), ("output", outputs), ("tap", taps > 1 ? pixels * taps : 0), ("weight", weights.Length()))));
    }

    private OperatorCost Product(long outputs, QuantizedLayer layer)
    {
        var weights = Constant(layer.Weights!.Tensor);
        var products = outputs * weights.Dims[layer.Weights.Axis == weights.Dims.Count - 1 ? ^2 : ^1];
        return new(
            Round(costs.Of(Kernels.FloatMatrix, ("start", 1), ("product", products), ("weight", weights.Length()))),
            Round(costs.Of(Kernels.Int8Matrix, ("start", 1), ("product", products), ("output", outputs), ("weight", weights.Length())) + LostBiasFusion(layer, outputs)));
    }

    private OperatorCost UnsignedProduct(long outputs, QuantizedLayer layer)
    {
        // What the sums run over has one extent in both operands, which the shape of either may tell.
        var depth = layer.Weights is { } weights ? Constant(weights.Tensor).Dims[^1] : prepared.Tensors.Shape(layer.Inputs[0]) is { Count: > 0 } shape && shape[^1] > 0 ? shape[^1] : OpenExtent;
        return new(Round(costs.Of(Kernels.FloatMatrix, ("start", 1), ("product", outputs * depth))), Round(costs.Of(Kernels.UnsignedMatrix, ("start", 1), ("product", outputs * depth))));
    }

    /// <summary>In float the bias of a MatMul before a residual addition and a layer normalization is added by SkipLayerNormalization; the int8 kernel leaves it to an Add.</summary>
    private double LostBiasFusion(QuantizedLayer layer, long outputs) =>
        layer.OperatorType == "MatMul" && layer.Weights is { Bias: not null, IsGemm: false } && _graph.Consumers(layer.Output) is [{ OpType: "Add" } add] && !add.Input.Any(_graph.IsConstant)
            ? costs.Of(Kernels.Conversion, ("start", 1)) + costs.Of(Kernels.Int8Matrix, ("unfused_bias", outputs)) : 0;

    /// <summary>Up to three operators: one converts, one interleaves the planes or undoes that, one does so with the blocks.</summary>
    private long Convert(string tensor, bool isBlocked)
    {
        var values = Elements(tensor);
        return Round(costs.Of(Kernels.Conversion, !IsImage(tensor) ? [("start", 1), ("value", values)]
            : isBlocked ? [("start", 3), ("value", values), ("interleave", values), ("block", values)]
            : [("start", 2), ("value", values), ("interleave", values)]));
    }

    // Capacities of the cut are whole numbers.
    private static long Round(double picoseconds) => (long)Math.Round(picoseconds);

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
