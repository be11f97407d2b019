using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>From statistics to the scale of each activation quantizer.</summary>
internal static class ActivationScales
{
    /// <summary>One scale a quantizer, in order.</summary>
    /// <param name="quantizers">The quantizers.</param>
    /// <param name="choices">How each of them works.</param>
    /// <param name="statistics">Statistics of at least their sources.</param>
    /// <param name="isInput">True for a tensor that the caller of the model feeds.</param>
    /// <param name="parameters">Range estimators.</param>
    public static ImmutableArray<TensorScale> Compute(
        ImmutableArray<ActivationQuantizer> quantizers, QuantizerChoices choices, CalibrationStatistics statistics, Func<string, bool> isInput, DefaultQuantizationParameters parameters) =>
        [.. quantizers.Select((q, i) =>
        {
            var isSymmetric = choices.Activations[i].Mode == QuantizerMode.Symmetric;
            return Range([.. q.Sources.Select(source => RangeEstimation.OfActivation(statistics[source], parameters, isSymmetric, isInput(source)))], choices.Activations[i]).ToScale(choices.TypeOf(i));
        })];

    /// <summary>
    /// Symmetric: the upper border is the magnitude, and the range is unsigned when no lower border is negative, unless a level below zero asks for a sign (POT's <c>signed</c>).
    /// Several sources (of a Concat) share the union of their ranges; zero is made exact after that, not before.
    /// </summary>
    private static QuantizerRange Range((double Low, double High)[] sources, QuantizerOption option)
    {
        var levels = QuantizerLevels.Of(option.Bits).Count;
        var isSigned = option is { LevelLow: < 0, LevelHigh: not null };
        return option.Mode == QuantizerMode.Symmetric
            ? QuantizerRange.Symmetric(sources.Max(s => s.High), !isSigned && sources.All(s => s.Low >= 0), levels)
            : QuantizerRange.Asymmetric(sources.Min(s => s.Low), sources.Max(s => s.High), levels);
    }
}
