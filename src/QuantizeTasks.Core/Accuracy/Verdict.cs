using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Accuracy;

/// <summary>One metric held against its budget.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Baseline">The float model's value.</param>
/// <param name="Value">The evaluated model's value.</param>
/// <param name="Drop">Positive when the evaluated model is worse; a share of |baseline| when the budget is relative, else in the metric's units.</param>
/// <param name="Bound">The largest drop that passes; null when no budget is stated.</param>
/// <param name="Violation">How far the drop is above the bound as a share of |baseline|, so that metrics with different units compare; not positive within budget, and the least of all without a bound beside metrics that have one.</param>
internal sealed record MetricVerdict(IMetric Metric, double Baseline, double Value, double Drop, double? Bound, double Violation)
{
    /// <summary>What <see cref="Drop"/> is measured in.</summary>
    public DropType Type { get; init; }

    /// <summary>What a difference of 1 in the metric's units is in those of <see cref="Drop"/>.</summary>
    public double Unit => Type == DropType.Relative ? 1 / Math.Abs(Baseline) : 1;

    /// <summary>Whether the drop passes; false when there is no bound, because then nothing is proven.</summary>
    public bool WithinBudget => Drop <= Bound;

    /// <summary>The same for a report.</summary>
    /// <param name="fullyQuantized">The value with everything in int8; NaN when nobody knows.</param>
    /// <param name="samples">How many it was judged on.</param>
    public MetricRecord Record(double fullyQuantized, int samples) => new(
        Metric.Name, Metric.HigherIsBetter, Baseline, Value, fullyQuantized, Drop, Bound, Type == DropType.Relative ? "relative" : "absolute", WithinBudget, samples);
}

/// <summary>All metrics of one evaluation held against the budget.</summary>
/// <param name="Metrics">In the manifest's order.</param>
internal sealed record Verdict(ImmutableArray<MetricVerdict> Metrics)
{
    /// <summary>Whether every metric that has a bound passes, and at least one has.</summary>
    public bool WithinBudget => Metrics.Any(m => m.Bound is not null) && Metrics.All(m => m.Bound is null || m.WithinBudget);

    /// <summary>How far the worst metric is above its bound; see <see cref="MetricVerdict.Violation"/>.</summary>
    public double WorstViolation => Metrics[Worst].Violation;

    /// <summary>Position of the metric that is worst off, the first of equals. POT works on one metric at a time, this one.</summary>
    public int Worst
    {
        get
        {
            var worst = 0;
            for (var i = 1; i < Metrics.Length; i++)
                if (Metrics[i].Violation > Metrics[worst].Violation)
                    worst = i;
            return worst;
        }
    }
}
