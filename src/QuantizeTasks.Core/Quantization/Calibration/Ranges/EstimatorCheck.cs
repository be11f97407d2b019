using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>Finds what a range estimator of activations has no use for.</summary>
internal static class EstimatorCheck
{
    /// <exception cref="QuantizeException">A key has no effect, or asks for ranges of channels, for which the runtime has no kernels; its position is named.</exception>
    public static void Check(DefaultQuantizationParameters parameters)
    {
        if (EstimatorPresets.OfActivations(parameters) is not { } settings)
            return;
        var isOwn = settings == parameters.Activations.RangeEstimator;
        foreach (var border in (RangeBorderSettings?[])[settings.Min, settings.Max])
        {
            if (border is null)
                continue;
            if (isOwn && border.Granularity is { Value: "perchannel" } granularity)
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys, "The range of an activation is one for the whole tensor: int8 kernels take no other. Use 'pertensor', or remove 'granularity'.", granularity.Position);
            if (Useless(EstimatorPresets.NameOf(settings), border) is var (key, position))
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys,
                    $"'{key}' has no effect with the range estimator preset '{settings.Preset!.Value}', which looks at the values of all samples together. Remove it, or use another preset.", position);
        }
    }

    private static (string Key, SourcePosition Position)? Useless(string preset, RangeBorderSettings border)
    {
        if (!EstimatorPresets.NeedsHistogram(preset))
            return null;
        if (border.Type is { } type)
            return ("type", type.Position);
        if (border.Aggregator is { } aggregator)
            return ("aggregator", aggregator.Position);
        if (preset == "percentile")
            return null;
        return border switch
        {
            { OutlierProbability: { } outliers } => ("outlier_prob", outliers.Position),
            { ClippingValue: { } clipping } => ("clipping_value", clipping.Position),
            _ => null,
        };
    }
}
