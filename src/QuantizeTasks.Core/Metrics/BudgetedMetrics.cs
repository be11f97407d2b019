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
        var whole = specifications.Select(s => Whole(s, processing)).ToArray();
        return [.. whole.Select(w => w.Entry(w.Metric, w.StandIn, null)), .. whole.SelectMany(w => w.Parts(SamplePart.Slice, w.Specification.Slices).Concat(w.Parts(SamplePart.Class, w.Specification.Classes)))];
    }

    private static Budgeted Whole(MetricSpecification specification, PluginPostProcessing? processing)
    {
        var metric = MetricFactory.Create(specification);
        var ranking = specification.RankingMetric
            ?? (metric is PluginMetric { RankingMetric: { } name } ? new MetricSpecification(specification.Name with { Value = name }, null, ImmutableSortedDictionary<string, Located<object>>.Empty) : null);
        var standIn = ranking is null ? null : MetricFactory.Create(ranking);
        // What compares with the float model looks at the outputs as they are, as POT does.
        return new(specification, PostProcessedMetric.Create(metric, processing), standIn is null || standIn.NeedsReference ? standIn : PostProcessedMetric.Create(standIn, processing));
    }

    /// <summary>One entry of the manifest.</summary>
    private sealed record Budgeted(MetricSpecification Specification, IMetric Metric, IMetric? StandIn)
    {
        public Entry Entry(IMetric metric, IMetric? standIn, Located<double>? budget) => new(standIn is null ? metric : new RankedMetric(metric, standIn), Specification, budget);

        public IEnumerable<Entry> Parts(SamplePart part, ImmutableSortedDictionary<string, Located<double>> budgets) =>
            budgets.Select(b => Entry(Part(Metric, part, b.Key), StandIn is null ? null : Part(StandIn, part, b.Key), b.Value));

        private static IMetric Part(IMetric whole, SamplePart part, string name) => name == MetricSpecification.Every ? new WorstPartMetric(whole, part) : new PartMetric(whole, part, name);
    }
}
