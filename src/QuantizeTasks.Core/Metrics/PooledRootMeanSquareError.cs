namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>rmse</c> with <c>average: pooled</c>: the root of the mean squared difference over all elements of all samples, as scikit-learn's. A sample contributes the sum of its squares and their number.
/// </summary>
internal sealed class PooledRootMeanSquareError(MetricParameters parameters) : IMetric
{
    private readonly string? _output = parameters.Text("output");

    public string Name => "rmse";

    public string Definition => $"rmse pooled/1 output={_output}";

    public bool HigherIsBetter => false;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var (output, label) = input.Regression(Name, _output);
        return [SquaredError.Mean(output, label) * output.Length, output.Length];
    }

    public double PerSample(IReadOnlyList<double> contribution) => Math.Sqrt(contribution[0] / contribution[1]);

    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var (sum, count) = (0.0, 0.0);
        foreach (var contribution in contributions)
            (sum, count) = (sum + contribution[0], count + contribution[1]);
        return Math.Sqrt(sum / count);
    }
}
