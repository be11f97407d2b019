using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Plugins;

namespace QuantizeTasks.Metrics;

/// <summary>The metrics that a manifest's <c>metrics</c> amount to: each one, then for each its parts that have a budget of their own.</summary>
internal static class BudgetedMetrics
{
    /// <summary>A metric and what the manifest says of it.</summary>
    /// <param name="Metric">The metric.</param>
    /// <param name="Specification">The entry that it comes from.</param>
    /// <param name="PartBudget">The part's budget; null for the metric on all samples.</param>
    public sealed record Entry(IMetric Metric, MetricSpecification Specification, Located<double>? PartBudget)
    {
        /// <summary>What the manifest says of the metric itself: a baseline of the whole is none of a part.</summary>
        public MetricSpecification Stated => PartBudget is null ? Specification : Specification with { BaselineValue = null };
    }

    /// <summary>Metrics on all samples come first, in the manifest's order.</summary>
    /// <param name="specifications">The manifest's <c>metrics</c>.</param>
    /// <param name="postProcessing">What outputs go through before; null for nothing.</param>
    public static ImmutableArray<Entry> Of(ImmutableArray<MetricSpecification> specifications, PluginSpecification? postProcessing = null)
    {
        var processing = postProcessing is null ? null : new PluginPostProcessing(postProcessing);
        var whole = specifications.Select(s => new Entry(PostProcessedMetric.Create(MetricFactory.Create(s), processing), s, null)).ToArray();
        return [.. whole, .. whole.SelectMany(e => Parts(e, SamplePart.Slice, e.Specification.Slices).Concat(Parts(e, SamplePart.Class, e.Specification.Classes)))];
    }

    private static IEnumerable<Entry> Parts(Entry whole, SamplePart part, ImmutableSortedDictionary<string, Located<double>> budgets) => budgets.Select(b =>
        new Entry(b.Key == MetricSpecification.Every ? new WorstPartMetric(whole.Metric, part) : new PartMetric(whole.Metric, part, b.Key), whole.Specification, b.Value));
}
