namespace QuantizeTasks.Metrics;

/// <summary>A metric that compares the output with the float model's and whose aggregate is the mean over samples. Needs no labels.</summary>
internal abstract class ReferenceMetric(string name, MetricParameters parameters) : IMeanMetric
{
    private readonly string? _output = parameters.Text("output");

    public string Name => name;

    public virtual string Definition => $"{Name}/1 output={_output}";

    public abstract bool HigherIsBetter { get; }

    public abstract double Best { get; }

    public bool NeedsLabels => false;

    public bool NeedsReference => true;

    public double[] Observe(in MetricInput input)
    {
        var (output, reference) = (input.Output(_output), input.ReferenceOutput(_output));
        MetricTensors.RequireSameShape(output, reference, "float model's output", input.SampleName);
        return [Compare(output, reference, input.SampleName)];
    }

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => Mean.Of(contributions);

    /// <summary>The value of one sample from outputs of the same shape.</summary>
    protected abstract double Compare(Tensor output, Tensor reference, string sample);
}
