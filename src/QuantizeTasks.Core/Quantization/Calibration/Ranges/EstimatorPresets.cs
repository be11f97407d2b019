using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>From the manifest's settings to an estimator: what the presets stand for (openvino/tools/pot/algorithms/quantization/range_estimator.py), and what the manifest puts over them.</summary>
internal static class EstimatorPresets
{
    /// <summary>POT's share of values outside a border that is a quantile.</summary>
    public const double DefaultOutlierProbability = 1e-4;

    /// <summary>The preset that stands for the best of the others; see <see cref="AutomaticRanges"/>.</summary>
    public const string Automatic = "auto";

    /// <summary>The settings that hold for activations; null when the manifest has none.</summary>
    public static RangeEstimatorSettings? OfActivations(DefaultQuantizationParameters parameters) => parameters.Activations.RangeEstimator ?? parameters.RangeEstimator;

    /// <summary>The preset's name.</summary>
    public static string NameOf(RangeEstimatorSettings? settings) => settings?.Preset?.Value ?? "default";

    /// <summary>True for the presets that look at the values of all samples together.</summary>
    public static bool NeedsHistogram(string preset) => preset is "percentile" or "mse" or "entropy" or Automatic;

    /// <summary>The estimator of activation ranges, for the presets that take something of each sample.</summary>
    /// <param name="parameters">The settings.</param>
    /// <param name="isSymmetric">True when the range is made symmetric: the upper border is then its magnitude, and the lower one only says whether values are ever negative.</param>
    /// <param name="isInput">
    /// True for a tensor that the caller of the model feeds. Where the manifest names no aggregator the extremes of all samples take the place of POT's means there. Averaging keeps a rare outlier in a
    /// hidden layer from widening the range; the values that are fed to a model, such as pixels, have no outliers, and averaging would clip the bright end of every second picture (0.6 points of accuracy
    /// on a small CIFAR-10 network).
    /// </param>
    public static RangeEstimator ForActivations(DefaultQuantizationParameters parameters, bool isSymmetric, bool isInput)
    {
        var settings = OfActivations(parameters);
        var preset = NameOf(settings);
        var extremes = isInput || preset == "minmax";
        var isQuantile = preset == "quantile";
        var (low, high) = isSymmetric
            ? (new Border("min", Aggregator.Min), new Border(isQuantile ? "abs_quantile" : "abs_max", extremes ? Aggregator.Max : Aggregator.Mean))
            : (new Border(isQuantile ? "quantile" : "min", extremes ? Aggregator.Min : Aggregator.Mean), new Border(isQuantile ? "quantile" : "max", extremes ? Aggregator.Max : Aggregator.Mean));
        return new(Resolve(low, settings?.Min, isUpper: false), Resolve(high, settings?.Max, isUpper: true));
    }

    /// <summary>The estimator of weight ranges. There are no samples to aggregate.</summary>
    public static RangeEstimator ForWeights(DefaultQuantizationParameters parameters, bool isSymmetric)
    {
        var settings = parameters.Weights.RangeEstimator ?? parameters.RangeEstimator;
        var isQuantile = settings?.Preset?.Value == "quantile";
        var low = new Border(isQuantile && !isSymmetric ? "quantile" : "min", Aggregator.Min);
        var high = new Border((isSymmetric, isQuantile) switch
        {
            (true, true) => "abs_quantile",
            (true, false) => "abs_max",
            (false, true) => "quantile",
            _ => "max",
        }, Aggregator.Max);
        return new(Resolve(low, settings?.Min, isUpper: false), Resolve(high, settings?.Max, isUpper: true));
    }

    /// <summary>The borders of <c>percentile</c>: quantiles of the values of all samples together.</summary>
    /// <param name="values">The values.</param>
    /// <param name="settings">Says what share of values, or of magnitudes, may lie beyond a border.</param>
    /// <param name="isSymmetric">True for the quantile of the magnitudes as the upper border, and the smallest value as the lower one.</param>
    public static (double Low, double High) Percentiles(Histogram values, RangeEstimatorSettings settings, bool isSymmetric)
    {
        var (below, above) = (settings.Min?.OutlierProbability?.Value ?? DefaultOutlierProbability, settings.Max?.OutlierProbability?.Value ?? DefaultOutlierProbability);
        var (low, high) = isSymmetric ? (values.Minimum, values.AbsoluteQuantile(1 - above)) : (values.Quantile(below), values.Quantile(1 - above));
        return (Math.Max(low, settings.Min?.ClippingValue?.Value ?? low), Math.Min(high, settings.Max?.ClippingValue?.Value ?? high));
    }

    private static RangeBorder Resolve(Border preset, RangeBorderSettings? given, bool isUpper)
    {
        var outliers = given?.OutlierProbability?.Value ?? DefaultOutlierProbability;
        var level = isUpper ? 1 - outliers : outliers;
        var reduction = (given?.Type?.Value ?? preset.Type) switch
        {
            "min" => Reduction.Minimum,
            "max" => Reduction.Maximum,
            "abs_max" => Reduction.AbsoluteMaximum,
            "quantile" => Reduction.Quantile(level),
            "abs_quantile" => Reduction.AbsoluteQuantile(level),
            var type => throw Unknown("type", type, given?.Type?.Position),
        };
        var aggregator = given?.Aggregator is not { } name ? preset.Aggregator : name.Value switch
        {
            "mean" => Aggregator.Mean,
            "max" => Aggregator.Max,
            "min" => Aggregator.Min,
            "median" => Aggregator.Median,
            "mean_no_outliers" => Aggregator.MeanNoOutliers,
            "median_no_outliers" => Aggregator.MedianNoOutliers,
            "hl_estimator" => Aggregator.HodgesLehmann,
            _ => throw Unknown("aggregator", name.Value, name.Position),
        };
        return new(reduction, aggregator, given?.ClippingValue?.Value);
    }

    private static QuantizeException Unknown(string key, string value, SourcePosition? position) =>
        new(DiagnosticCodes.UnknownName, $"A range estimator has no {key} '{value}'.", position);

    private readonly record struct Border(string Type, Aggregator Aggregator);
}
