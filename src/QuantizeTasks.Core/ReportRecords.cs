using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Reporting;

namespace QuantizeTasks;

/// <summary>Puts what the algorithms found into the words of a report.</summary>
internal sealed class ReportRecords(PreparedModel prepared, QuantizerPlacement placement, DropType dropType, int samples)
{
    public ImmutableArray<MetricRecord> Metrics(Verdict verdict, Verdict fullyQuantized) =>
    [
        .. verdict.Metrics.Select((m, i) => new MetricRecord(
            m.Metric.Name, m.Metric.HigherIsBetter, m.Baseline, m.Value, fullyQuantized.Metrics[i].Value, m.Drop, m.Bound,
            dropType == DropType.Relative ? "relative" : "absolute", m.WithinBudget, samples)),
    ];

    public IterationRecord Iteration(SearchStep step) => new(
        step.Index,
        step.Group is not { } group ? "everything that may be is int8" : $"{group.Name} {(step.IsBackToInt8 ? "back in int8" : "in float")}" + (group.Layers.Length > 1 ? $" (a group of {group.Layers.Length} layers)" : ""),
        LayersIn(step.Judgement.Configuration), [.. step.Judgement.Verdict.Metrics.Select(m => m.Drop)], step.Kept);

    public LayerRecord Layers(Configuration configuration, IReadOnlyDictionary<int, GroupRank> ranks)
    {
        var groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g))).ToDictionary(p => p.layer, p => p.g, StringComparer.Ordinal);
        var details = ImmutableArray.CreateBuilder<LayerDetail>();
        foreach (var node in prepared.Model.Graph.Nodes)
        {
            if (groupOf.TryGetValue(node.Name, out var group))
            {
                var isFloat = configuration.Reverted.Contains(group.Id);
                var rank = ranks.GetValueOrDefault(group.Id);
                details.Add(new LayerDetail(node.Name, node.OpType, isFloat ? "float" : "int8", group.Name, rank?.Rank, rank?.Score,
                    isFloat ? "returned to float by the search" : "has an int8 kernel"));
            }
            else if (placement.FloatReasons.TryGetValue(node.Name, out var reason))
            {
                details.Add(new LayerDetail(node.Name, node.OpType, "skipped", null, null, null, reason));
            }
        }
        var reverted = LayersIn(configuration);
        return new LayerRecord(placement.Layers.Length, placement.Layers.Length - reverted.Length, reverted, details.ToImmutable());
    }

    private ImmutableArray<string> LayersIn(Configuration configuration) =>
        [.. placement.Groups.Where(g => configuration.Reverted.Contains(g.Id)).SelectMany(g => g.Layers)];
}
