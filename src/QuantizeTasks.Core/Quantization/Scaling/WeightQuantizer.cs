using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Scaling;

/// <summary>Turns the weights of a layer into integers: a scale from the estimated range of each output channel, or of all, and the nearest integers.</summary>
internal sealed class WeightQuantizer(OnnxGraph graph, DefaultQuantizationParameters parameters)
{
    /// <param name="layer">A layer with weights.</param>
    /// <param name="option">How the device quantizes them.</param>
    /// <param name="isHalfRange">Whether only half of the integers are used: <c>saturation_fix</c>.</param>
    /// <param name="inputScale">Scale of the activation that the layer reads.</param>
    /// <param name="smallestScale">What no scale may be below.</param>
    public QuantizedWeights Quantize(QuantizedLayer layer, QuantizerOption option, bool isHalfRange, float inputScale, float smallestScale = 0)
    {
        graph.TryGetConstant(layer.Weights!.Tensor, out var tensor);
        var values = new WeightValues(layer.Weights, tensor!, layer.OperatorType == "Conv");
        var isPerChannel = option.Granularity == QuantizerGranularity.PerChannel && !layer.Weights.NeedsOneScale;
        var isSymmetric = option.Mode == QuantizerMode.Symmetric;
        var levels = QuantizerLevels.Of(option.Bits, isSymmetric, option.LevelLow, option.LevelHigh).Signed;

        var ranges = RangeEstimation.OfWeights(values, layer.Refine(parameters), isPerChannel, isSymmetric);
        var scales = isSymmetric
            ? WeightScale.Symmetric([.. ranges.Select(r => (float)r.High)], levels)
            : WeightScale.Asymmetric([.. ranges.Select(r => ((float)r.Low, (float)r.High))], levels);
        if (isHalfRange)
            scales = [.. scales.Select(WeightScale.HalfRange)];
        scales = [.. scales.Select(s => s with { Scale = Math.Max(s.Scale, smallestScale) })];
        if (!isPerChannel)
            scales = [.. Enumerable.Repeat(scales[0], values.Channels)];
        if (layer.HasIntegerBias && layer.Weights.BiasValues(graph) is { } bias)
            Widen(scales, bias, inputScale, isPerChannel);
        var stored = new short[values.Values.Length];
        for (var i = 0; i < stored.Length; i++)
            stored[i] = (short)WeightScale.Quantize(values.Values[i], scales[values.OutputChannel(i)], levels);
        return new QuantizedWeights(values, stored, scales, isPerChannel);
    }

    /// <summary>
    /// Makes a channel's scale large enough for its bias to fit int32 in units of input scale times weight scale; half of int32's range is left for the sums.
    /// That happens in channels whose weights are almost zero.
    /// </summary>
    private static void Widen(TensorScale[] scales, float[] bias, float inputScale, bool isPerChannel)
    {
        for (var i = 0; i < scales.Length; i++)
            scales[i] = scales[i] with { Scale = Math.Max(scales[i].Scale, (float)(Math.Abs(bias[i]) / inputScale / (1 << 30))) };
        if (!isPerChannel)
            Array.Fill(scales, scales.MaxBy(s => s.Scale));
    }
}
