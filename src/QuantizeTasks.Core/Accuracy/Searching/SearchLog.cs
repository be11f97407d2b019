using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What a search did until now: every judgement in order, the last ranking, and the best of all. It tells an observer at once, so that nothing is lost when the search ends early.</summary>
internal sealed class SearchLog(ISearchObserver observer)
{
    private readonly List<SearchStep> _steps = [];
    private ImmutableSortedDictionary<int, GroupRank> _ranks = ImmutableSortedDictionary<int, GroupRank>.Empty;

    /// <summary>How many configurations with more groups in float were judged: what <c>max_iter_num</c> bounds.</summary>
    public int Iterations => _steps.Count(s => s.Kind == StepKind.ToFloat);

    /// <summary>The best judgement of all, whichever came last.</summary>
    public Judgement Best => _steps.Aggregate(_steps[0].Judgement, (best, step) => step.Judgement.IsBetterThan(best) ? step.Judgement : best);

    /// <summary>Every step, in order.</summary>
    public IReadOnlyList<SearchStep> Steps => _steps;

    /// <summary>Ranks, and tells of it.</summary>
    public ImmutableArray<RankedGroup> Rank(IGroupRanking ranking, RankingQuestion question, IReadOnlyList<QuantizerGroup> candidates, int validation, CancellationToken cancellation)
    {
        if (candidates.Count == 0)
            return [];
        var metric = question.Reference.Metrics[question.Metric].ForRanking.Metric;
        observer.RankingStarts(metric, candidates.Count, question.Hardest.Length, ranking.Plan(candidates.Count, question.Hardest.Length) + new Workload(1, validation));
        ImmutableArray<RankedGroup> ranked = [.. ranking.Rank(question, candidates, cancellation)];
        RankingEnds(metric, ranked);
        return ranked;
    }

    public void RankingEnds(IMetric metric, ImmutableArray<RankedGroup> ranked)
    {
        for (var i = 0; i < ranked.Length; i++)
            _ranks = _ranks.SetItem(ranked[i].Group.Id, new GroupRank(i + 1, ranked[i].Score, ranked[i].Samples, ranked[i].Regained));
        observer.RankingEnds(metric, ranked);
    }

    /// <param name="groups">How many are to be offered back to int8.</param>
    /// <param name="validation">Samples of one validation.</param>
    public void TrimmingStarts(int groups, int validation) => observer.TrimmingStarts(groups, new Workload(groups, (long)groups * validation));

    public void Record(StepKind kind, ImmutableArray<QuantizerGroup> groups, Judgement judgement, bool kept, Rung? rung = null)
    {
        _steps.Add(new SearchStep(_steps.Count, kind, groups, judgement, kept, rung));
        observer.Judged(_steps[^1]);
    }

    /// <summary>Puts a whole judgement in the place of one that was only a bound.</summary>
    public void Complete(SearchStep step, Judgement judgement)
    {
        _steps[step.Index] = step with { Judgement = judgement };
        observer.Judged(_steps[step.Index]);
    }

    /// <summary>A group's place when it was last ranked; null when it never was.</summary>
    public GroupRank? RankOf(int group) => _ranks.GetValueOrDefault(group);

    public SearchOutcome Outcome(SearchEnd end) => new(Best, end, [.. _steps], _ranks);
}
