namespace QuantizeTasks.Metrics;

/// <summary>A metric that compares the output with the label element by element and whose aggregate is the mean over samples.</summary>
internal abstract class RegressionMetric : MeanMetric
{
    private readonly string? _output;

    protected RegressionMetric(string name, MetricParameters parameters)
    {
        Name = name;
        _output = parameters.Text("output");
        Definition = $"{name}/1 output={_output}";
    }

    public override string Name { get; }

    public override string Definition { get; }

    public override bool HigherIsBetter => false;

    public override double Best => 0;

    protected override double Score(in MetricInput input)
    {
        var (output, label) = input.Regression(Name, _output);
        return Error(output, label);
    }

    /// <summary>The error of one sample.</summary>
    protected abstract double Error(double[] output, double[] label);
}
