using System.Collections.Immutable;
using QuantizeTasks.Metrics;

namespace QuantizeTasks.Accuracy;

/// <summary>What evaluating a configuration on some samples gave, for every metric.</summary>
/// <param name="Samples">Indices into the validation data, ascending.</param>
/// <param name="Metrics">One entry per metric, in the manifest's order.</param>
internal sealed record Evaluation(ImmutableArray<int> Samples, ImmutableArray<MetricEvaluation> Metrics)
{
    public MetricEvaluation this[string metric] => Metrics.First(m => m.Metric.Name == metric);

    /// <summary>What is compared sample by sample; see <see cref="MetricEvaluation.ForRanking"/>.</summary>
    public Evaluation ForRanking => this with { Metrics = [.. Metrics.Select(m => m.ForRanking)] };

    /// <summary>The part of it on some of its samples.</summary>
    /// <param name="samples">Indices into the validation data, ascending, all of them in <see cref="Samples"/>.</param>
    public Evaluation On(IReadOnlyList<int> samples)
    {
        int[] positions = [.. samples.Select(s => Samples.BinarySearch(s))];
        return new Evaluation([.. samples], [.. Metrics.Select(m => m with { Contributions = [.. positions.Select(p => m.Contributions[p])] })]);
    }

    /// <summary>This evaluation on its samples and another one of the same metrics on those that only it has.</summary>
    public Evaluation Over(Evaluation other)
    {
        int[] samples = [.. Samples.Union(other.Samples).Order()];
        var places = samples.Select(s => (Mine: Samples.BinarySearch(s), Other: other.Samples.BinarySearch(s))).ToArray();
        return new Evaluation([.. samples], [.. Metrics.Select((m, k) =>
            m with { Contributions = [.. places.Select(p => p.Mine >= 0 ? m.Contributions[p.Mine] : other.Metrics[k].Contributions[p.Other])] })]);
    }
}

/// <summary>One metric's part of an <see cref="Evaluation"/>.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Contributions">What each sample contributed, in the order of <see cref="Evaluation.Samples"/>.</param>
internal sealed record MetricEvaluation(IMetric Metric, ImmutableArray<double[]> Contributions)
{
    /// <summary>What is compared sample by sample, and what layers are ranked by: the metric, or the one that stands in for it.</summary>
    public MetricEvaluation ForRanking => Metric is RankedMetric ranked ? new(ranked.StandIn, [.. Contributions.Select(RankedMetric.OfStandIn)]) : this;

    /// <summary>The metric itself, without what stands in for it.</summary>
    public MetricEvaluation ForVerdict => Metric is RankedMetric ranked ? new(ranked.Metric, [.. Contributions.Select(RankedMetric.OfMetric)]) : this;

    /// <summary>The metric over all the samples.</summary>
    public double Value => Metric.Aggregate(Contributions);

    /// <summary>The metric on each sample.</summary>
    public double[] PerSample => [.. Contributions.Select(c => Metric.PerSample(c))];
}
