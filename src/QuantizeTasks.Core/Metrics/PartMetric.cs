namespace QuantizeTasks.Metrics;

/// <summary>A metric on one part of the samples, such as those taken at night: a budget of its own keeps a loss there from hiding in the average.</summary>
/// <remarks>A contribution is 1 and the metric's own for a sample of the part, 0 and the metric's own for another.</remarks>
internal sealed class PartMetric(IMetric metric, SamplePart part, string name) : IMetric
{
    private readonly double _number = part.Parse(name);

    /// <summary>The metric that is measured on the part.</summary>
    public IMetric Metric => metric;

    public string Name => $"{metric.Name} [{part.Noun} {name}]";

    public string Definition => $"{metric.Definition} of {part.Noun}/1 {name}";

    public bool HigherIsBetter => metric.HigherIsBetter;

    public bool NeedsLabels => metric.NeedsLabels || part == SamplePart.Class;

    public bool NeedsReference => metric.NeedsReference;

    public double[] Observe(in MetricInput input) => [part.Of(input) == _number ? 1 : 0, .. metric.Observe(input)];

    /// <summary>0 for a sample outside, in every model: nothing is lost or gained there.</summary>
    public double PerSample(IReadOnlyList<double> contribution) => contribution[0] == 0 ? 0 : metric.PerSample([.. contribution.Skip(1)]);

    /// <summary>Without a sample of the part, as may be when a search looks at a few of all, the metric on those that there are.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var inside = Inside(contributions);
        return metric.Aggregate(inside.Length > 0 ? inside : [.. contributions.Select(c => c[1..])]);
    }

    /// <summary>What the samples of the part contribute to <see cref="Metric"/>.</summary>
    public static double[][] Inside(IEnumerable<double[]> contributions) => [.. contributions.Where(c => c[0] != 0).Select(c => c[1..])];

    /// <summary>Whether any of the samples is in the part.</summary>
    public static bool HasAny(IEnumerable<double[]> contributions) => contributions.Any(c => c[0] != 0);
}
