namespace QuantizeTasks.Metrics;

/// <summary>A metric that compares the output with the float model's and whose aggregate is the mean over samples. Needs no labels.</summary>
internal abstract class ReferenceMetric(string name, MetricParameters parameters) : MeanMetric
{
    private readonly string? _output = parameters.Text("output");

    public override string Name => name;

    public override string Definition => $"{Name}/1 output={_output}";

    public override bool NeedsLabels => false;

    public override bool NeedsReference => true;

    protected override double Score(in MetricInput input)
    {
        var (output, reference) = (input.Output(_output), input.ReferenceOutput(_output));
        MetricTensors.RequireSameShape(output, reference, "float model's output", input.SampleName);
        return Compare(output, reference, input.SampleName);
    }

    /// <summary>The value of one sample from outputs of the same shape.</summary>
    protected abstract double Compare(Tensor output, Tensor reference, string sample);
}
