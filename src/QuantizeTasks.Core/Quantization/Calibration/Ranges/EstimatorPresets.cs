using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>From the manifest's settings to an estimator: what the presets stand for (openvino/tools/pot/algorithms/quantization/range_estimator.py), and what the manifest puts over them.</summary>
internal static class EstimatorPresets
{
    /// <summary>POT's share of values outside a border that is a quantile.</summary>
    public const double DefaultOutlierProbability = 1e-4;

    /// <summary>The estimator of activation ranges.</summary>
    /// <param name="parameters">The settings.</param>
    /// <param name="isSymmetric">True when the range is made symmetric: the upper border is then its magnitude, and the lower one only says whether values are ever negative.</param>
    /// <param name="isInput">
    /// True for a tensor that the caller of the model feeds. Where the manifest names no aggregator the extremes of all samples take the place of POT's means there. Averaging keeps a rare outlier in a
    /// hidden layer from widening the range; the values that are fed to a model, such as pixels, have no outliers, and averaging would clip the bright end of every second picture (0.6 points of accuracy
    /// on a small CIFAR-10 network).
    /// </param>
    public static RangeEstimator ForActivations(DefaultQuantizationParameters parameters, bool isSymmetric, bool isInput)
    {
        var settings = parameters.Activations.RangeEstimator ?? parameters.RangeEstimator;
        var preset = settings?.Preset?.Value ?? "default";
        if (preset is not ("default" or "quantile" or "minmax"))
            throw new QuantizeException(DiagnosticCodes.NotSupportedYet, $"The range estimator preset '{preset}' is not supported yet. Use default, quantile or minmax.", settings?.Preset?.Position);
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
