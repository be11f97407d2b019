using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration.Ranges;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>From statistics and settings to the ranges of values that integers are spread over, before they are made symmetric or to hold zero.</summary>
internal static class RangeEstimation
{
    /// <summary>What has to be observed so that the ranges of every one of the given settings can be estimated: one pass serves them all.</summary>
    /// <param name="placement">What is quantized.</param>
    /// <param name="settings">The settings that will be tried.</param>
    public static ImmutableArray<Observation> Observe(QuantizerPlacement placement, params IEnumerable<DefaultQuantizationParameters> settings)
    {
        Reduction[] reductions = [.. settings.SelectMany(one => (bool[])[true, false], (one, isSymmetric) => EstimatorPresets.ForActivations(one, isSymmetric, isInput: false))
            .SelectMany(estimator => (Reduction[])[estimator.Min.Reduction, estimator.Max.Reduction])];
        var sources = placement.Quantizers.SelectMany(q => q.Sources).Distinct(StringComparer.Ordinal);
        return Observation.Merge([.. placement.Observations, .. sources.Select(source => Observation.Of(source, 0, reductions))]);
    }

    /// <summary>The range of an activation. Its lower border may lie above its upper one where the settings ask for that.</summary>
    /// <param name="statistics">What was observed.</param>
    /// <param name="parameters">The settings.</param>
    /// <param name="isSymmetric">True when only the upper border's magnitude and the lower one's sign matter.</param>
    /// <param name="isInput">True for a tensor that the caller of the model feeds.</param>
    public static (double Low, double High) OfActivation(TensorStatistics statistics, DefaultQuantizationParameters parameters, bool isSymmetric, bool isInput)
    {
        var estimator = EstimatorPresets.ForActivations(parameters, isSymmetric, isInput);
        return Clip(estimator, Aggregation.Of(statistics[estimator.Min.Reduction], estimator.Min.Aggregator), Aggregation.Of(statistics[estimator.Max.Reduction], estimator.Max.Aggregator));
    }

    /// <summary>The range of a layer's weights: one for each output channel, or one for all.</summary>
    /// <param name="weights">The values.</param>
    /// <param name="parameters">The settings.</param>
    /// <param name="isPerChannel">True for one range a channel.</param>
    /// <param name="isSymmetric">True when only the upper border matters, as a magnitude.</param>
    public static ImmutableArray<(double Low, double High)> OfWeights(WeightValues weights, DefaultQuantizationParameters parameters, bool isPerChannel, bool isSymmetric)
    {
        var estimator = EstimatorPresets.ForWeights(parameters, isSymmetric);
        var channels = isPerChannel ? weights.Channels : 1;
        var values = new float[weights.Values.Length];
        var next = new int[channels];
        var size = values.Length / channels;
        for (var i = 0; i < values.Length; i++)
        {
            var channel = isPerChannel ? weights.OutputChannel(i) : 0;
            values[(channel * size) + next[channel]++] = weights.Values[i];
        }
        var lows = TensorReduction.Reduce(estimator.Min.Reduction.Along(0), values, [channels, size]);
        var highs = TensorReduction.Reduce(estimator.Max.Reduction.Along(0), values, [channels, size]);
        return [.. lows.Zip(highs, (low, high) => Clip(estimator, low, high))];
    }

    private static (double Low, double High) Clip(RangeEstimator estimator, double low, double high) =>
        (Math.Max(low, estimator.Min.ClippingValue ?? double.NegativeInfinity), Math.Min(high, estimator.Max.ClippingValue ?? double.PositiveInfinity));
}
