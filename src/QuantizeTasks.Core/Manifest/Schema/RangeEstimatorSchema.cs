namespace QuantizeTasks.Manifest.Schema;

/// <summary>The <c>range_estimator</c> sections: how a range of real values follows from what was observed.</summary>
internal static class RangeEstimatorSchema
{
    private static readonly Key Type = new("type", new ChoiceShape("min", "max", "abs_max", "quantile", "abs_quantile"),
        "What is taken of each sample's values (of a weight's values): their smallest, largest or largest absolute value, or a quantile of the values or of their absolute values.");

    private static readonly Key Aggregator = new("aggregator", new ChoiceShape("mean", "max", "min", "median", "mean_no_outliers", "median_no_outliers", "hl_estimator"),
        "How the numbers of all samples become one. `*_no_outliers` first drops what lies outside the 1 % and 99 % quantiles; `hl_estimator` is the median of the averages of all pairs (Hodges and Lehmann).");

    private static readonly Key OutlierProbability = new("outlier_prob", new NumberShape { Minimum = 0, Maximum = 0.5, BelowMaximum = true },
        "For the quantile types: the share of values that may lie beyond the border.") { Default = "0.0001" };

    private static readonly Key ClippingValue = new("clipping_value", new NumberShape(NumberType.Single),
        "The border goes no further out than this value: it caps the upper border from above and the lower one from below.");

    private static readonly Key Granularity = new("granularity", new ChoiceShape("perchannel", "pertensor"), "Whether the statistic is taken for each channel. By default as the quantizer is.");

    private static readonly Key Preset = new("preset", new ChoiceShape("default", "quantile", "minmax", "percentile", "mse", "entropy", "auto"),
        "`default`: extremes, averaged over the samples for activations. `quantile`: quantiles in their place. Beyond the Post-training Optimization Tool: `minmax`, the extremes of all samples; `percentile`, quantiles of all samples' values; `mse` and `entropy`, the range with the least squared rounding error or the least divergence of the distribution; `auto`, `mse` unless with another the int8 model's outputs are clearly closer to the float model's on the calibration data, and where no `preset` is given also the better one of `performance` and `mixed`.") { Default = "default" };

    private static readonly MappingShape ActivationBorder = new([Type, Aggregator, OutlierProbability, ClippingValue, Granularity]);

    private static readonly MappingShape WeightBorder = new([Type, OutlierProbability, ClippingValue, Granularity]);

    /// <summary>For activations, and for weights and activations alike.</summary>
    public static MappingShape Activations { get; } = Estimator(ActivationBorder);

    /// <summary>For weights, of which there is one sample.</summary>
    public static MappingShape Weights { get; } = Estimator(WeightBorder);

    private static MappingShape Estimator(MappingShape border) => new(
    [
        Preset,
        new("min", border, "The lower border, field by field over the preset's. A symmetric range has none."),
        new("max", border, "The upper border, field by field over the preset's."),
    ]);
}
