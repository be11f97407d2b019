namespace QuantizeTasks.Metrics;

/// <summary><c>mae</c>: the mean over samples of the mean absolute difference.</summary>
internal sealed class MeanAbsoluteError(MetricParameters parameters) : RegressionMetric("mae", parameters)
{
    protected override double Error(double[] output, double[] label)
    {
        var sum = 0.0;
        for (var i = 0; i < output.Length; i++)
            sum += Math.Abs(output[i] - label[i]);
        return sum / output.Length;
    }
}
