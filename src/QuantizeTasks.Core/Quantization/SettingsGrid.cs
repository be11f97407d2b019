using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization;

/// <summary>A change of the parameters of DefaultQuantization that may be for the better.</summary>
/// <param name="Name">In the words of a report.</param>
/// <param name="Apply">The change.</param>
internal sealed record SettingsChange(string Name, Func<DefaultQuantizationParameters, DefaultQuantizationParameters> Apply)
{
    /// <summary>The settings with the change.</summary>
    public CompressionSettings Of(CompressionSettings settings) => settings with { Quantization = Apply(settings.Quantization) };
}

/// <summary>
/// What is tried instead of the manifest's settings when it asks for that: POT's <c>convert_to_mixed_preset</c> and <c>tune_hyperparams</c>
/// (openvino/tools/pot/algorithms/quantization/accuracy_aware_common and .../optimization/params_grid_search); and what a search tries by itself.
/// </summary>
internal static class SettingsGrid
{
    private static readonly SourcePosition Nowhere = new("tune_hyperparams");

    /// <summary>POT's <c>convert_to_mixed_preset</c>, for settings whose activations are symmetric; null for others.</summary>
    public static SettingsChange? Mixed(CompressionSettings settings) =>
        settings.Accuracy.ConvertToMixedPreset && Rungs.HasFloat(settings) && IsSymmetric(settings.Quantization.Weights.Mode, settings) && IsSymmetric(settings.Quantization.Activations.Mode, settings)
            ? new("preset mixed", p => p with
            {
                Preset = new("mixed", p.Preset?.Position ?? Nowhere),
                Activations = p.Activations.Mode is { } mode ? p.Activations with { Mode = mode with { Value = "asymmetric" } } : p.Activations,
            })
            : null;

    /// <summary>
    /// What an int8 model may gain at no cost in speed, beyond POT: tuned rounding, and the ranges of least squared error where the manifest names no estimator. Null where the manifest decides about
    /// tuning, and where weights are not all of int8.
    /// </summary>
    public static SettingsChange? Refined(CompressionSettings settings)
    {
        var parameters = settings.Quantization;
        if (parameters.UseLayerwiseTuning is not null || parameters.WeightsOnly || !Rungs.HasFloat(settings))
            return null;
        var isOpen = parameters is { RangeEstimator: null, Activations.RangeEstimator: null };
        return new(isOpen ? "layer-wise tuning and activations by mse" : "layer-wise tuning", p => p with
        {
            UseLayerwiseTuning = true,
            Activations = isOpen ? p.Activations with { RangeEstimator = new(new("mse", Nowhere), null, null) } : p.Activations,
        });
    }

    /// <summary>
    /// The spaces of <c>tune_hyperparams</c>, each searched with the winner of the one before: POT's ten range estimators and two bias corrections, and beyond POT the estimators that look at the
    /// values of all samples together, and the two presets where the manifest leaves that open.
    /// </summary>
    public static ImmutableArray<ImmutableArray<SettingsChange>> Spaces(CompressionSettings settings)
    {
        ImmutableArray<SettingsChange> bias = [BiasCorrection("use_fast_bias: true", isFast: true, settings.Quantization), BiasCorrection("use_fast_bias: false", isFast: false, settings.Quantization)];
        ImmutableArray<SettingsChange> presets = [.. ((string[])["performance", "mixed"]).Select(preset => new SettingsChange($"preset {preset}", p => p with { Preset = new(preset, Nowhere) }))];
        // On a device without float the other preset is 16 bits everywhere, which is the baseline.
        return settings.Quantization is { Preset: null, Activations.Mode: null } && Rungs.HasFloat(settings) ? [Estimators, bias, presets] : [Estimators, bias];
    }

    /// <summary>The settings with several changes by their names, as a report lists them; null when one of them is none that could be tried.</summary>
    public static CompressionSettings? TryApply(CompressionSettings settings, string names)
    {
        var changes = Spaces(settings).SelectMany(space => space).Append(Mixed(settings)).Append(Refined(settings)).OfType<SettingsChange>().ToArray();
        return names.Split(", ").Aggregate((CompressionSettings?)settings, (current, name) =>
            current is not null && changes.FirstOrDefault(c => c.Name == name) is { } change ? change.Of(current) : null);
    }

    /// <summary>Every parameter set whose ranges may be asked for, so that one pass over the calibration data observes what they all need.</summary>
    public static IEnumerable<DefaultQuantizationParameters> Observed(CompressionSettings settings) =>
        settings.Accuracy.TuneHyperparams ? Estimators.Select(change => change.Apply(settings.Quantization)) : [];

    // A configuration of POT that names no threshold has the default of whichever algorithm is tried; the reader of such configurations has stated that of the one in force.
    private static SettingsChange BiasCorrection(string name, bool isFast, DefaultQuantizationParameters inForce)
    {
        if (isFast == inForce.UseFastBias || inForce.Threshold is not { } threshold || threshold.Value != DefaultQuantizationParameters.OriginalThreshold(inForce.UseFastBias))
            return new(name, p => p with { UseFastBias = isFast });
        var other = DefaultQuantizationParameters.OriginalThreshold(isFast);
        return new(FormattableString.Invariant($"{name} with threshold {other}"), p => p with { UseFastBias = isFast, Threshold = threshold with { Value = other } });
    }

    private static ImmutableArray<SettingsChange> Estimators { get; } =
    [
        new("weights from minimum to maximum", p => p with { Weights = p.Weights with { RangeEstimator = new(new("default", Nowhere), null, null) } }),
        .. from low in Borders from high in Borders select Activations($"activations from {Words("minimum", low)} to {Words("maximum", high)}", Estimator(low, high)),
        .. ((string[])["percentile", "mse", "entropy"]).Select(preset => Activations($"activations by {preset}", new(new(preset, Nowhere), null, null))),
    ];

    /// <summary>Shares of values beyond a border that is a quantile; null for the extreme of all samples. POT writes 10e-4 and 10e-5 for the shares.</summary>
    private static double?[] Borders => [null, 1e-3, 1e-4];

    private static string Words(string extreme, double? outliers) => outliers is { } share ? FormattableString.Invariant($"the quantile {share:0.####}") : $"the {extreme}";

    private static SettingsChange Activations(string name, RangeEstimatorSettings estimator) => new(name, p => p with { Activations = p.Activations with { RangeEstimator = estimator } });

    // The preset decides what the upper border is in symmetric and in asymmetric ranges; the lower one of a symmetric range only says whether values are ever negative.
    private static RangeEstimatorSettings Estimator(double? low, double? high) => new(
        new(high is null ? "default" : "quantile", Nowhere),
        low is null ? Border("min", "min", null) : Border("quantile", "mean", low),
        high is null ? Border(null, "max", null) : Border(null, "mean", high));

    private static RangeBorderSettings Border(string? type, string aggregator, double? outliers) =>
        new(type is null ? null : new(type, Nowhere), new(aggregator, Nowhere), outliers is { } share ? new(share, Nowhere) : null, null, null);

    // A preset that is not given is performance, which POT's own test of it forgets.
    private static bool IsSymmetric(Located<string>? mode, CompressionSettings settings) => mode is { Value: var given } ? given == "symmetric" : settings.Quantization.Preset?.Value is null or "performance";
}
