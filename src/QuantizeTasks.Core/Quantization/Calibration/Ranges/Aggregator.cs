namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>POT's aggregators: how the samples' values become one.</summary>
internal enum Aggregator
{
    Mean,
    Max,
    Min,
    Median,

    /// <summary>The mean of what lies within the 1 % and the 99 % quantile.</summary>
    MeanNoOutliers,

    /// <summary>The median of what lies within the 1 % and the 99 % quantile.</summary>
    MedianNoOutliers,

    /// <summary>The Hodges-Lehmann estimator: the median of the averages of all pairs.</summary>
    HodgesLehmann,
}
