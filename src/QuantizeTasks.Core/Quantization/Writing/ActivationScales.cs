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
        [.. quantizers.Select((q, i) => RangeEstimation.OfActivation([.. q.Sources.Select(source => (statistics[source], isInput(source)))], q.Refine(parameters), Form(choices.Activations[i], choices.TypeOf(i)))
            .ToScale(choices.TypeOf(i)))];

    /// <summary>A level below zero asks for a sign (POT's <c>signed</c>).</summary>
    private static RangeForm Form(QuantizerOption option, QuantizedType type) =>
        new(option.Mode == QuantizerMode.Symmetric, type, QuantizerLevels.Of(option.Bits).Count, IsSigned: option is { LevelLow: < 0, LevelHigh: not null });
}
