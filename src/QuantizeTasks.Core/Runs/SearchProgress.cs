using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Tells listeners how a search goes, and keeps its best model and its last ranking on disk.</summary>
internal sealed class SearchProgress(StageClock clock, IProgress<RunEvent> events, ReportRecords records, BestSoFar best, IModelVariants variants, RemainingTime time, string directory) : ISearchObserver
{
    private Verdict? _start;
    private Configuration _current = Configuration.FullyQuantized;

    public void RankingStarts(IMetric metric, int candidates, int samples, Workload plan)
    {
        clock.Enter("rank", $"Ranking {candidates} groups by {metric.Name} on {samples} samples");
        time.Plan(plan);
    }

    public void RankingEnds(IMetric metric, ImmutableArray<RankedGroup> ranking)
    {
        RankingFiles.Write(records.Ranking(ranking, _current), directory);
        events.Report(new RankingFinished(metric.Name, [.. ranking.Select(r => r.Group.Name)], ranking.Length));
        clock.Enter("search", "Reverting the most harmful groups");
    }

    public void TrimmingStarts(int groups, Workload plan)
    {
        clock.Enter("trim", $"Offering {groups} groups back to int8");
        time.Plan(plan);
    }

    public void Judged(SearchStep step)
    {
        best.Offer(step.Judgement, variants.Build);
        if (step.Judgement.Configuration == Configuration.FullyQuantized)
            _start = step.Judgement.Verdict;
        if (step.Kept)
            _current = step.Judgement.Configuration;
        events.Report(new ConfigurationJudged(records.Iteration(step), records.Metrics(step.Judgement.Verdict, _start)));
    }
}
