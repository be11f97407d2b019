namespace QuantizeTasks.Metrics;

/// <summary>A metric that compares the output with the label element by element and whose aggregate is the mean over samples.</summary>
internal abstract class RegressionMetric : IMeanMetric
{
    private readonly string? _output;

    protected RegressionMetric(string name, MetricParameters parameters)
    {
        Name = name;
        _output = parameters.Text("output");
        Definition = $"{name}/1 output={_output}";
    }

    public string Name { get; }

    public string Definition { get; }

    public bool HigherIsBetter => false;

    public double Best => 0;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var (output, label) = input.Regression(Name, _output);
        return [Error(output, label)];
    }

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => Mean.Of(contributions);

    /// <summary>The error of one sample.</summary>
    protected abstract double Error(double[] output, double[] label);
}
