namespace QuantizeTasks.Metrics;

/// <summary><c>rmse</c>: the mean over samples of the square root of the mean squared difference.</summary>
internal sealed class RootMeanSquareError(MetricParameters parameters) : RegressionMetric("rmse", parameters)
{
    protected override double Error(double[] output, double[] label) => Math.Sqrt(SquaredError.Mean(output, label));
}
