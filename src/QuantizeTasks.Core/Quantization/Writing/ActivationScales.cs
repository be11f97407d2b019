using System.Collections.Immutable;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>From statistics to the scale of each activation quantizer, with the range estimators that POT's presets stand for.</summary>
internal static class ActivationScales
{
    /// <summary>One scale a quantizer, in order.</summary>
    /// <param name="quantizers">The quantizers.</param>
    /// <param name="statistics">Statistics of at least their sources.</param>
    /// <param name="isInput">True for a tensor that the caller of the model feeds.</param>
    /// <param name="isAsymmetric">True for the preset <c>mixed</c>.</param>
    public static ImmutableArray<TensorScale> Compute(ImmutableArray<ActivationQuantizer> quantizers, CalibrationStatistics statistics, Func<string, bool> isInput, bool isAsymmetric) =>
        [.. quantizers.Select(q => Range([.. q.Sources.Select(source => isInput(source) ? Whole(statistics[source]) : statistics[source])], isAsymmetric).ToUInt8())];

    /// <summary>
    /// The extremes in place of their means. Averaging them keeps a rare outlier in a hidden layer from widening the range; the values that are fed to a model, such as
    /// pixels, have no outliers, and averaging would clip the bright end of every second picture (0.6 points of accuracy on a small CIFAR-10 network).
    /// </summary>
    private static TensorStatistics Whole(TensorStatistics statistics) => statistics with
    {
        MeanMinimum = statistics.Minimum,
        MeanMaximum = statistics.Maximum,
        MeanMagnitude = Math.Max(Math.Abs(statistics.Minimum), Math.Abs(statistics.Maximum)),
    };

    /// <summary>
    /// Symmetric: the mean over samples of the largest magnitude, unsigned when nothing was ever negative. Asymmetric: the means of the smallest and of the largest value.
    /// Several sources (of a Concat) share the union of their ranges; zero is made exact after that, not before.
    /// </summary>
    private static ActivationRange Range(TensorStatistics[] sources, bool isAsymmetric) => isAsymmetric
        ? ActivationRange.Asymmetric(sources.Min(s => s.MeanMinimum), sources.Max(s => s.MeanMaximum))
        : ActivationRange.Symmetric(sources.Max(s => s.MeanMagnitude), sources.All(s => s.Minimum >= 0));
}
