namespace QuantizeTasks.Metrics;

/// <summary><c>cosine</c>: the mean over samples of the cosine between the output and the float model's, both as one vector. Needs no labels.</summary>
internal sealed class CosineSimilarity : IMeanMetric
{
    private readonly string? _output;

    public CosineSimilarity(MetricParameters parameters)
    {
        _output = parameters.Text("output");
        Definition = $"cosine/1 output={_output}";
    }

    public string Name => "cosine";

    public string Definition { get; }

    public bool HigherIsBetter => true;

    public double Best => 1;

    public bool NeedsLabels => false;

    public bool NeedsReference => true;

    public double[] Observe(in MetricInput input)
    {
        var (output, reference) = (input.Output(_output), input.ReferenceOutput(_output));
        MetricTensors.RequireSameShape(output, reference, "float model's output", input.SampleName);
        return [Cosine(MetricTensors.ToDoubles(output), MetricTensors.ToDoubles(reference))];
    }

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => Mean.Of(contributions);

    /// <summary>Where a vector is all zero there is no angle: 1 when the other one is zero too, since they are equal, else 0.</summary>
    private static double Cosine(double[] a, double[] b)
    {
        var (dot, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            dot += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        if (aa == 0 || bb == 0)
            return aa == bb ? 1 : double.IsNaN(aa + bb) ? double.NaN : 0;
        return Math.Clamp(dot / (Math.Sqrt(aa) * Math.Sqrt(bb)), -1, 1);
    }
}
