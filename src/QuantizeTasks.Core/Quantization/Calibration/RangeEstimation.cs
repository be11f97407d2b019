using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration.Ranges;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>From statistics and settings to the ranges of values that integers are spread over.</summary>
internal static class RangeEstimation
{
    /// <summary>What has to be observed so that the ranges of every one of the given settings can be estimated: one pass serves them all.</summary>
    /// <param name="placement">What is quantized.</param>
    /// <param name="settings">The settings that will be tried.</param>
    /// <exception cref="QuantizeException">The settings contradict themselves.</exception>
    public static ImmutableArray<Observation> Observe(QuantizerPlacement placement, params IEnumerable<DefaultQuantizationParameters> settings)
    {
        DefaultQuantizationParameters[] all = [.. settings];
        foreach (var one in all)
            EstimatorCheck.Check(one);
        return Observation.Merge([.. placement.Observations, .. placement.Quantizers.SelectMany(quantizer => Observe(quantizer, [.. all.Select(quantizer.Refine)]))]);
    }

    private static IEnumerable<Observation> Observe(ActivationQuantizer quantizer, DefaultQuantizationParameters[] all)
    {
        if (quantizer.Own is not null)
            EstimatorCheck.Check(all[0]);
        Reduction[] reductions = [.. all.SelectMany(one => (bool[])[true, false], (one, isSymmetric) => EstimatorPresets.ForActivations(one, isSymmetric, isInput: false))
            .SelectMany(estimator => (Reduction[])[estimator.Min.Reduction, estimator.Max.Reduction])];
        var hasHistogram = all.Any(one => EstimatorPresets.NeedsHistogram(EstimatorPresets.NameOf(EstimatorPresets.OfActivations(one))));
        return quantizer.Sources.Select(source => Observation.Of(source, 0, reductions) with { HasHistogram = hasHistogram });
    }

    /// <summary>The range of an activation quantizer. Several sources (of a Concat) share one range; zero is made exact after that, not before.</summary>
    /// <param name="sources">What was observed of its sources, and whether each is a tensor that the caller of the model feeds.</param>
    /// <param name="parameters">The settings.</param>
    /// <param name="form">What the range has to look like.</param>
    public static QuantizerRange OfActivation(IReadOnlyList<(TensorStatistics Statistics, bool IsInput)> sources, DefaultQuantizationParameters parameters, RangeForm form)
    {
        var settings = EstimatorPresets.OfActivations(parameters);
        switch (EstimatorPresets.NameOf(settings))
        {
            case "mse":
                var moments = new HistogramMoments(Values(sources));
                return RangeSearch.Find(Values(sources), form, scale => RoundingError.Squared(moments, scale));
            case "entropy":
                var values = Values(sources);
                return RangeSearch.Find(values, form, scale => Divergence.Of(values, scale));
            case "percentile":
                return Union([.. sources.Select(s => EstimatorPresets.Percentiles(HistogramOf(s.Statistics), settings!, form.IsSymmetric))], form);
            case EstimatorPresets.Automatic:
                throw new QuantizeException(DiagnosticCodes.InternalError, "What the range estimator 'auto' stands for was not found out when the model was calibrated.");
            default:
                return Union([.. sources.Select(s => OfSource(s.Statistics, EstimatorPresets.ForActivations(parameters, form.IsSymmetric, s.IsInput)))], form);
        }
    }

    private static (double Low, double High) OfSource(TensorStatistics statistics, RangeEstimator estimator) =>
        Clip(estimator, Aggregation.Of(statistics[estimator.Min.Reduction], estimator.Min.Aggregator), Aggregation.Of(statistics[estimator.Max.Reduction], estimator.Max.Aggregator));

    private static QuantizerRange Union((double Low, double High)[] sources, RangeForm form) => form.Of(sources.Min(s => s.Low), sources.Max(s => s.High));

    /// <summary>The values of all sources: they share one scale, so what it costs any of them counts.</summary>
    private static Histogram Values(IReadOnlyList<(TensorStatistics Statistics, bool IsInput)> sources) => Histogram.Merge([.. sources.Select(s => HistogramOf(s.Statistics))]);

    private static Histogram HistogramOf(TensorStatistics statistics) => statistics.Histogram
        ?? throw new QuantizeException(DiagnosticCodes.InternalError, "The calibration statistics have no histogram; they were collected for other settings.");

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
