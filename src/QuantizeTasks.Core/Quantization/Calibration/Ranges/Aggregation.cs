using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>POT's aggregators over the samples (openvino/tools/pot/statistics/function_selector.py and algorithms/quantization/range_estimator.py).</summary>
internal static class Aggregation
{
    private const double OutlierShare = 0.01;

    /// <summary>The samples' values of one channel, as one.</summary>
    public static double Of(SampleSeries series, Aggregator aggregator, int channel = 0) => aggregator switch
    {
        Aggregator.Mean => series.Means[channel],
        Aggregator.Max => series.Maxima[channel],
        Aggregator.Min => series.Minima[channel],
        Aggregator.Median => OrderStatistics.Quantile(Values(series, channel), 0.5),
        Aggregator.MeanNoOutliers => WithoutOutliers(Values(series, channel)).Average(value => (double)value),
        Aggregator.MedianNoOutliers => OrderStatistics.Quantile(WithoutOutliers(Values(series, channel)), 0.5),
        _ => HodgesLehmann.Estimate(Values(series, channel)),
    };

    private static float[] Values(SampleSeries series, int channel) => series.Kept.IsEmpty
        ? throw new QuantizeException(DiagnosticCodes.InternalError, "The samples' values were not kept, so that they have no median.")
        : series.Values(channel);

    private static float[] WithoutOutliers(float[] values)
    {
        var low = OrderStatistics.Quantile(values, OutlierShare);
        var high = OrderStatistics.Quantile(values, 1 - OutlierShare);
        var inside = Array.FindAll(values, value => value >= low && value <= high);
        // Of one or two values the quantiles lie between them and none is left; POT gets an empty mean there.
        return inside.Length > 0 ? inside : values;
    }
}
