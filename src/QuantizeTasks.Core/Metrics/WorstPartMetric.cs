namespace QuantizeTasks.Metrics;

/// <summary>
/// By how much a metric is worse than the float model's on the part of the samples where that is most: 0 for the float model itself. It compares part by part, because the
/// worst part's value alone says nothing of another that was good and is now as bad.
/// </summary>
/// <remarks>A contribution is the part's number, then what the model contributes, then what the float model does.</remarks>
internal sealed class WorstPartMetric(IMetric metric, SamplePart part) : IMetric
{
    /// <summary>The metric that is measured on each part.</summary>
    public IMetric Metric => metric;

    public string Name => $"{metric.Name} [worst {part.Noun}]";

    public string Definition => $"{metric.Definition} of the worst {part.Noun}/1";

    public bool HigherIsBetter => false;

    public bool NeedsLabels => metric.NeedsLabels || part == SamplePart.Class;

    public bool NeedsReference => true;

    public double[] Observe(in MetricInput input)
    {
        var reference = input.Reference!;
        var original = new MetricInput(reference, input.FirstOutput, input.Label, reference, input.SampleName, input.Slice);
        return [part.Of(input), .. metric.Observe(input), .. metric.Observe(original)];
    }

    public double PerSample(IReadOnlyList<double> contribution)
    {
        var (now, before) = Split([.. contribution]);
        return double.IsNaN(contribution[0]) ? 0 : Loss(metric.PerSample(before), metric.PerSample(now));
    }

    /// <summary>NaN, which is never a pass, when no sample is in any part or the metric says nothing of one of them. Math.Max keeps a NaN, where LINQ's Max passes over it.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions) => Parts(contributions).Select(p => Loss(metric.Aggregate(p.Before), metric.Aggregate(p.Now))).DefaultIfEmpty(double.NaN).Aggregate(Math.Max);

    /// <summary>What the samples of each part contribute to <see cref="Metric"/>: the model's, and the float model's.</summary>
    public static IEnumerable<(double[][] Now, double[][] Before)> Parts(IEnumerable<double[]> contributions) =>
        contributions.Where(c => !double.IsNaN(c[0])).GroupBy(c => c[0]).OrderBy(g => g.Key).Select(part =>
        {
            var split = part.Select(Split).ToArray();
            return (split.Select(s => s.Now).ToArray(), split.Select(s => s.Before).ToArray());
        });

    private double Loss(double before, double now) => metric.HigherIsBetter ? before - now : now - before;

    private static (double[] Now, double[] Before) Split(double[] contribution)
    {
        var length = (contribution.Length - 1) / 2;
        return (contribution[1..(1 + length)], contribution[(1 + length)..]);
    }
}
