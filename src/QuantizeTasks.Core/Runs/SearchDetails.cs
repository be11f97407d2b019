using System.Collections.Immutable;
using System.Text.Json;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Puts what a search found into the words of a report.</summary>
internal sealed class SearchDetails(ImmutableArray<QuantizerGroup> groups, CompressionSettings settings, ReportRecords records)
{
    /// <param name="outcome">The search.</param>
    /// <param name="effort">What it took.</param>
    /// <param name="subset">Samples of POT's ranking subset.</param>
    /// <param name="why">What int8 is bad at in a group.</param>
    public SearchRecord Record(SearchOutcome outcome, SearchEffort effort, int subset, Func<QuantizerGroup, string> why)
    {
        var best = outcome.Best.Configuration;
        var exhaustive = Workload.OfExhaustiveLoop(groups.Length, subset, outcome.Best.Evaluation.Samples.Length, Math.Max(1, best.Changed));
        return new SearchRecord
        {
            Strategy = JsonNamingPolicy.CamelCase.ConvertName(settings.Accuracy.Search.ToString()),
            End = JsonNamingPolicy.CamelCase.ConvertName(outcome.End.ToString()),
            Effort = new SearchEffortRecord(effort.Cost.Sessions, effort.Cost.Samples, effort.Seconds, effort.EstimatedSeconds, exhaustive.Sessions, exhaustive.Samples),
            Changed = [.. best.Reverted.Concat(best.Rungs.Keys).Order().Select(id => Changed(outcome, groups[id], why))],
            Ranking = records.Ranking([.. outcome.Ranks.OrderBy(r => r.Value.Rank).Select(r => new RankedGroup(groups[r.Key], r.Value.Score, r.Value.Samples, r.Value.Regained))], best),
            Frontier = [.. Frontier.Of(outcome.Steps, new PredictedSpeed(groups)).Select(p =>
                new FrontierRecord(p.Step.Index, groups.Where(p.Step.Judgement.Configuration.IsReverted).Sum(g => g.Layers.Length), [.. p.Step.Judgement.Verdict.Metrics.Select(m => m.Drop)], p.SpeedKept))],
            NextSteps = Advice.Of(outcome, settings, groups.Length),
        };
    }

    private static ChangedGroupRecord Changed(SearchOutcome outcome, QuantizerGroup group, Func<QuantizerGroup, string> why)
    {
        var bought = Contribution.Of(outcome, group.Id);
        return new ChangedGroupRecord(group.Name, group.Layers, ReportRecords.State(outcome.Best.Configuration, group), bought.Drop, bought.IsAtLeast, bought.Better, bought.Worse, why(group));
    }
}

/// <summary>What a search took.</summary>
/// <param name="Cost">Sessions and samples.</param>
/// <param name="Seconds">From its beginning to its end.</param>
/// <param name="EstimatedSeconds">The first estimate of that; null when none was made.</param>
internal sealed record SearchEffort(EvaluationCost Cost, double Seconds, double? EstimatedSeconds);
