using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks;

/// <summary>Tells listeners how a search goes, and keeps its best model on disk.</summary>
internal sealed class SearchProgress(StageClock clock, IProgress<RunEvent> events, ReportRecords records, BestSoFar best) : ISearchObserver
{
    private Verdict? _start;

    public void RankingStarts(IMetric metric, int candidates, int samples) =>
        clock.Enter("rank", $"Ranking {candidates} groups by {metric.Name} on {samples} samples");

    public void RankingEnds(ImmutableArray<RankedGroup> ranking) => clock.Enter("search", "Reverting the most harmful groups");

    public void TrimmingStarts(int groups) => clock.Enter("trim", $"Offering {groups} groups back to int8");

    public void Judged(SearchStep step)
    {
        best.Offer(step.Judgement);
        _start ??= step.Judgement.Verdict;
        events.Report(new ConfigurationJudged(records.Iteration(step), records.Metrics(step.Judgement.Verdict, _start)));
    }
}
