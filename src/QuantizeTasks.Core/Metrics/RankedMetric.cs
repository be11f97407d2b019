namespace QuantizeTasks.Metrics;

/// <summary>
/// A metric for which another one stands in where samples are compared one by one and layers are ranked (<c>ranking_metric</c>; POT's special metrics and proxies, accuracy_aware_common). It is itself the
/// metric that it is made of; only a search asks for the other.
/// </summary>
/// <remarks>A contribution is the length of the stand-in's, the stand-in's, and the metric's own.</remarks>
internal sealed class RankedMetric(IMetric metric, IMetric standIn) : IMetric
{
    /// <summary>The metric that is judged.</summary>
    public IMetric Metric => metric;

    /// <summary>The one that ranks.</summary>
    public IMetric StandIn => standIn;

    public string Name => metric.Name;

    public string Definition => $"{metric.Definition} ranked by/1 {standIn.Definition}";

    public bool HigherIsBetter => metric.HigherIsBetter;

    public bool NeedsLabels => metric.NeedsLabels || standIn.NeedsLabels;

    public bool NeedsReference => metric.NeedsReference || standIn.NeedsReference;

    public double[] Observe(in MetricInput input)
    {
        // Neither sees more than it asks for: what a metric does with a reference follows from its being there.
        var ranking = standIn.Observe(Input(input, standIn));
        return [ranking.Length, .. ranking, .. metric.Observe(Input(input, metric))];
    }

    public double PerSample(IReadOnlyList<double> contribution) => metric.PerSample([.. contribution.Skip(1 + (int)contribution[0])]);

    public double Aggregate(IReadOnlyList<double[]> contributions) => metric.Aggregate([.. contributions.Select(OfMetric)]);

    /// <summary>The metric's own part of a contribution.</summary>
    public static double[] OfMetric(double[] contribution) => contribution[(1 + (int)contribution[0])..];

    /// <summary>The stand-in's part of a contribution.</summary>
    public static double[] OfStandIn(double[] contribution) => contribution[1..(1 + (int)contribution[0])];

    private static MetricInput Input(in MetricInput input, IMetric of) =>
        new(input.Outputs, input.FirstOutput, input.Label, of.NeedsReference ? input.Reference : null, input.SampleName, input.Slice);
}
