using System.Collections.Immutable;

namespace QuantizeTasks.Accuracy;

/// <summary>What evaluating a configuration on some samples gave, for every metric.</summary>
/// <param name="Samples">Indices into the validation data, ascending.</param>
/// <param name="Metrics">One entry per metric, in the manifest's order.</param>
internal sealed record Evaluation(ImmutableArray<int> Samples, ImmutableArray<MetricEvaluation> Metrics)
{
    public MetricEvaluation this[string metric] => Metrics.First(m => m.Metric.Name == metric);
}

/// <summary>One metric's part of an <see cref="Evaluation"/>.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Contributions">What each sample contributed, in the order of <see cref="Evaluation.Samples"/>.</param>
internal sealed record MetricEvaluation(IMetric Metric, ImmutableArray<double[]> Contributions)
{
    /// <summary>The metric over all the samples.</summary>
    public double Value => Metric.Aggregate(Contributions);

    /// <summary>The metric on each sample.</summary>
    public double[] PerSample => [.. Contributions.Select(c => Metric.PerSample(c))];
}
