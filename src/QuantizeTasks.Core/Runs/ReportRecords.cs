using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Puts what the algorithms found into the words of a report.</summary>
internal sealed class ReportRecords(PreparedModel prepared, QuantizerPlacement placement, int samples)
{
    private const double PicosecondsAMicrosecond = 1e6;

    /// <summary>What reverting a group makes of it, and what the baseline is: <c>float</c>, or the top rung where there is no float.</summary>
    public string RevertsTo => placement.Groups.FirstOrDefault()?.RevertsTo?.Name ?? "float";

    public static RuntimeRecord Runtime(RuntimeIdentity identity) => new(identity.Package, identity.Version, identity.Isa) { Origin = identity.Origin };

    /// <summary>Whether a configuration leaves nothing quantized, neither layers nor weights that are stored in int8 alone.</summary>
    public bool IsFloat(Configuration configuration) => configuration.IsFloat
        || (placement.Groups.All(g => configuration.Reverted.Contains(g.Id)) && placement.StoredLayers.IsEmpty);

    public ImmutableArray<MetricRecord> Metrics(Verdict verdict, Verdict? fullyQuantized) =>
        [.. verdict.Metrics.Select((m, i) => m.Record(fullyQuantized?.Metrics[i].Value ?? double.NaN, samples))];

    /// <summary>The metrics that a verdict is about.</summary>
    /// <param name="proof">The verdict.</param>
    /// <param name="fullyQuantized">The same of the model in which everything is int8 that may be; null when a lock file's decision made that needless.</param>
    /// <param name="terms">The budgets.</param>
    /// <param name="confidence">Of the evidence; null when nobody asked for it.</param>
    public static ImmutableArray<MetricRecord> Metrics(ModelProof proof, Verdict? fullyQuantized, ImmutableArray<BudgetTerm> terms, double? confidence) =>
    [
        .. proof.Verdict.Metrics.Select((m, i) => m.Record(fullyQuantized?.Metrics[i].Value ?? double.NaN, proof.Samples) with
        {
            BudgetPosition = terms[i].Position,
            Evidence = confidence is { } asked && m.Bound is { } bound && proof.Evidence[i] is { } evidence
                ? new EvidenceRecord(asked, evidence.StandardError, evidence.High, evidence.High <= bound ? null : evidence.SamplesNeeded(bound, proof.Samples), evidence.High <= bound)
                : null,
        }),
    ];

    public IterationRecord Iteration(SearchStep step) => new(
        step.Index, Action(step),
        LayersIn(step.Judgement.Configuration), [.. step.Judgement.Verdict.Metrics.Select(m => m.Drop)], step.Kept) { IsBound = step.Judgement.IsBound, IsForecast = step.Judgement.IsForecast };

    /// <summary>A ranking, and what became of its groups.</summary>
    public ImmutableArray<RankingRecord> Ranking(ImmutableArray<RankedGroup> ranking, Configuration configuration)
    {
        var speed = new PredictedSpeed(placement.Groups);
        return [.. ranking.Select((r, i) => new RankingRecord(
            i + 1, r.Group.Name, r.Group.Layers, r.Score, r.Samples, double.IsNaN(r.Regained) ? null : r.Regained, speed.Share(r.Group), State(configuration, r.Group)))];
    }

    /// <summary><c>int8</c>, <c>float</c>, or the rung between.</summary>
    public static string State(Configuration configuration, QuantizerGroup group) =>
        configuration.Reverted.Contains(group.Id) ? "float" : configuration.Rungs.TryGetValue(group.Id, out var rung) ? rung.Name : "int8";

    private string Action(SearchStep step) => step.Kind switch
    {
        StepKind.Start => step.Judgement.Configuration == Configuration.FullyQuantized ? "everything that may be is int8" : "what the lock file says",
        StepKind.BackToInt8 => $"{Names(step.Groups)} back in int8",
        StepKind.ToRung => $"{Names(step.Groups)} with {step.Rung}",
        _ => $"{Names(step.Groups)} in {RevertsTo}",
    };

    /// <summary>A configuration in a few words.</summary>
    public string Describe(Configuration configuration)
    {
        if (configuration.IsFloat)
            return $"the {(RevertsTo == "float" ? RevertsTo : "16-bit")} model";
        string[] changed = [.. placement.Groups.Where(g => State(configuration, g) != "int8").Select(g => g.Name)];
        return changed.Length == 0 ? "everything that may be is int8" : $"{changed.Length} of {placement.Groups.Length} groups not in int8: {string.Join(", ", changed)}";
    }

    private static string Names(ImmutableArray<QuantizerGroup> groups) => groups switch
    {
        [{ Layers.Length: 1 } one] => one.Name,
        [var one] => $"{one.Name} (a group of {one.Layers.Length} layers)",
        [var first, ..] => $"{first.Name} and {groups.Length - 1} more groups",
        _ => "nothing more",
    };

    public LayerRecord Layers(Configuration configuration, IReadOnlyDictionary<int, GroupRank> ranks)
    {
        var groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g))).ToDictionary(p => p.layer, p => p.g, StringComparer.Ordinal);
        var stored = placement.StoredLayers.ToDictionary(s => s.Name, StringComparer.Ordinal);
        var costs = placement.Prediction?.Operators.ToDictionary(o => o.Name, o => o.Cost, StringComparer.Ordinal) ?? [];
        var details = ImmutableArray.CreateBuilder<LayerDetail>();
        foreach (var node in prepared.Model.Graph.Nodes)
        {
            if (groupOf.TryGetValue(node.Name, out var group))
            {
                var isReverted = configuration.IsReverted(group);
                var rank = ranks.GetValueOrDefault(group.Id);
                details.Add(new LayerDetail(node.Name, node.OpType, isReverted ? State(configuration, group) : "int8", group.Name, rank?.Rank, rank?.Score,
                    isReverted ? $"returned to {RevertsTo} by the search" : configuration.Rungs.GetValueOrDefault(group.Id)?.Name is { } rung ? $"is on the rung '{rung}'"
                    : stored.TryGetValue(node.Name, out var own) ? own.Description : "has an int8 kernel"));
            }
            else if (placement.FloatReasons.TryGetValue(node.Name, out var reason))
            {
                details.Add(new LayerDetail(node.Name, node.OpType, "skipped", null, null, null, reason));
            }
        }
        for (var i = 0; i < details.Count; i++)
            if (costs.TryGetValue(details[i].Name, out var cost))
                details[i] = details[i] with { FloatUs = cost.Float / PicosecondsAMicrosecond, Int8Us = cost.Int8 / PicosecondsAMicrosecond };
        var reverted = LayersIn(configuration);
        return new LayerRecord(groupOf.Count, groupOf.Count - reverted.Length, reverted, details.ToImmutable()) { RevertedTo = RevertsTo };
    }

    public SelectionRecord Selection(CompressionSettings settings, MeasuredDecision? decision) => new(
        settings.TargetDevice.Value, settings.Prefer.ToString().ToLowerInvariant(),
        [.. placement.Layers.Select(l => l.Name).Concat(placement.AgnosticOperators.Select(a => a.Name)).Order(StringComparer.Ordinal)],
        placement.Prediction?.Float / PicosecondsAMicrosecond, placement.Prediction?.Int8 / PicosecondsAMicrosecond, decision?.FloatMs, decision?.Int8Ms) { SizeReason = placement.SizeReason };

    private ImmutableArray<string> LayersIn(Configuration configuration) =>
        [.. placement.Groups.Where(configuration.IsReverted).SelectMany(g => g.Layers)];
}
