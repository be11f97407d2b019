using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Scaling;

/// <summary>Turns the weights of a layer into int8: a scale from the estimated range of each output channel, or of all, and the nearest integers.</summary>
internal sealed class WeightQuantizer(OnnxGraph graph, DefaultQuantizationParameters parameters)
{
    private readonly bool _isPerChannel = parameters.Weights.Granularity?.Value != "pertensor";

    /// <param name="layer">A layer with weights.</param>
    /// <param name="inputScale">Scale of the activation that it reads.</param>
    public QuantizedWeights Quantize(QuantizedLayer layer, float inputScale)
    {
        graph.TryGetConstant(layer.Weights!.Tensor, out var tensor);
        var values = new WeightValues(layer.Weights, tensor!, layer.OperatorType == "Conv");
        var scales = Scales(values);
        if (layer.HasIntegerBias && layer.Weights.Bias is { } name && graph.TryGetConstant(name, out var bias))
            Widen(scales, bias.ToFloats(), inputScale);
        var stored = new sbyte[values.Values.Length];
        for (var i = 0; i < stored.Length; i++)
            stored[i] = WeightScale.Quantize(values.Values[i], scales[values.OutputChannel(i)]);
        return new QuantizedWeights(values, stored, scales, _isPerChannel);
    }

    /// <summary>One scale for each output channel, all equal when there is one for all.</summary>
    private float[] Scales(WeightValues values)
    {
        var magnitudes = RangeEstimation.OfWeights(values, parameters, _isPerChannel, isSymmetric: true).Select(range => (float)range.High);
        var scales = WeightScale.FromMagnitudes([.. magnitudes]);
        return _isPerChannel ? scales : [.. Enumerable.Repeat(scales[0], values.Channels)];
    }

    /// <summary>
    /// Makes a channel's scale large enough for its bias to fit int32 in units of input scale times weight scale; half of int32's range is left for the sums.
    /// That happens in channels whose weights are almost zero.
    /// </summary>
    private void Widen(float[] scales, float[] bias, float inputScale)
    {
        for (var i = 0; i < scales.Length; i++)
            scales[i] = Math.Max(scales[i], (float)(Math.Abs(bias[i]) / inputScale / (1 << 30)));
        if (!_isPerChannel)
            Array.Fill(scales, scales.Max());
    }
}
