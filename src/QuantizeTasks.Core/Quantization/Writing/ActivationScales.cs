using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>From statistics to the scale of each activation quantizer.</summary>
internal static class ActivationScales
{
    /// <summary>One scale a quantizer, in order.</summary>
    /// <param name="quantizers">The quantizers.</param>
    /// <param name="statistics">Statistics of at least their sources.</param>
    /// <param name="isInput">True for a tensor that the caller of the model feeds.</param>
    /// <param name="parameters">Preset and range estimators.</param>
    public static ImmutableArray<TensorScale> Compute(
        ImmutableArray<ActivationQuantizer> quantizers, CalibrationStatistics statistics, Func<string, bool> isInput, DefaultQuantizationParameters parameters)
    {
        var isSymmetric = parameters.Preset?.Value != "mixed";
        return [.. quantizers.Select(q => Range([.. q.Sources.Select(source => RangeEstimation.OfActivation(statistics[source], parameters, isSymmetric, isInput(source)))], isSymmetric).ToScale(QuantizedType.UInt8))];
    }

    /// <summary>
    /// Symmetric: the upper border is the magnitude, and the range is unsigned when no lower border is negative.
    /// Several sources (of a Concat) share the union of their ranges; zero is made exact after that, not before.
    /// </summary>
    private static QuantizerRange Range((double Low, double High)[] sources, bool isSymmetric) => isSymmetric
        ? QuantizerRange.Symmetric(sources.Max(s => s.High), sources.All(s => s.Low >= 0))
        : QuantizerRange.Asymmetric(sources.Min(s => s.Low), sources.Max(s => s.High));
}
