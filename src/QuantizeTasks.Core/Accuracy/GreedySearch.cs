using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// POT's greedy loop (accuracy_aware_common): revert the most harmful group, judge on the whole validation set, go on down the ranking while the
/// drop shrinks, take a harmful step back and rank anew. One metric is worked on at a time, the one furthest from its bound; a configuration is accepted on all.
/// Where POT forgets what it has seen this loop does not: it answers with the best configuration, counts success on the last group, measures against
/// the state it stepped back to, and does not try the same configuration twice.
/// </summary>
internal sealed class GreedySearch
{
    private readonly IConfigurationEvaluator _evaluator;
    private readonly ImmutableArray<QuantizerGroup> _groups;
    private readonly Budget _budget;
    private readonly AccuracyAwareParameters _parameters;
    private readonly Lazy<Evaluation> _reference;
    private readonly ISearchObserver _observer;
    private readonly ImmutableArray<int> _validation;
    private readonly List<SearchStep> _steps = [];
    private readonly SortedDictionary<int, GroupRank> _ranks = [];
    private readonly HashSet<int> _rejected = [];

    /// <param name="evaluator">Runs configurations.</param>
    /// <param name="groups">What may be reverted.</param>
    /// <param name="budget">What is asked for.</param>
    /// <param name="parameters">POT's parameters.</param>
    /// <param name="reference">The float model, evaluated on the samples that are compared one by one; asked for only when groups have to be ranked.</param>
    /// <param name="observer">Follows the search.</param>
    public GreedySearch(
        IConfigurationEvaluator evaluator, ImmutableArray<QuantizerGroup> groups, Budget budget, AccuracyAwareParameters parameters, Lazy<Evaluation> reference, ISearchObserver observer)
    {
        (_evaluator, _groups, _budget, _parameters, _reference, _observer) = (evaluator, groups, budget, parameters, reference, observer);
        _validation = [.. Enumerable.Range(0, evaluator.SampleCount)];
    }

    /// <summary>Searches from a judged configuration, usually the fully quantized one.</summary>
    public SearchOutcome Run(Judgement start, CancellationToken cancellation)
    {
        Record(null, start, kept: true);
        if (start.Verdict.WithinBudget)
            return Outcome(SearchEnd.WithinBudget);
        var current = start;
        var target = start.Verdict.Worst;
        var mayWorsen = true;
        var candidates = new Queue<RankedGroup>();
        for (var iteration = 0; iteration < _parameters.MaxIterNum; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidates.Count == 0)
                candidates = Rank(current, target, cancellation);
            if (!candidates.TryDequeue(out var candidate))
                return Outcome(SearchEnd.GroupsExhausted);

            var trial = Judge(current.Configuration.Revert(candidate.Group.Id), cancellation);
            var worsened = trial.Verdict.Metrics[target].Drop > current.Verdict.Metrics[target].Drop;
            var stepBack = worsened && !mayWorsen && _parameters.UsePrevIfDropIncrease && !trial.Verdict.WithinBudget;
            Record(candidate.Group, trial, kept: !stepBack);
            if (trial.Verdict.WithinBudget)
                return Outcome(SearchEnd.WithinBudget);

            var rankAnew = worsened && !mayWorsen;
            mayWorsen = stepBack;
            if (stepBack)
            {
                _rejected.Add(candidate.Group.Id);
            }
            else
            {
                current = trial;
                _rejected.Clear(); // on another model it may help
                if (trial.Verdict.Metrics[target].WithinBudget)
                {
                    target = trial.Verdict.Worst;
                    rankAnew = true;
                }
            }
            if (rankAnew)
                candidates.Clear();
        }
        return Outcome(SearchEnd.IterationsUsed);
    }

    private Queue<RankedGroup> Rank(Judgement current, int target, CancellationToken cancellation)
    {
        QuantizerGroup[] open = [.. _groups.Where(g => !current.Configuration.Reverted.Contains(g.Id) && !_rejected.Contains(g.Id))];
        if (open.Length == 0)
            return [];
        var subset = RankingSubset.Choose(_reference.Value, current.Evaluation, target, Math.Max(1, _parameters.RankingSubsetSize));
        _observer.RankingStarts(_evaluator.Metrics[target], open.Length, subset.Length);
        var ranking = GroupRanking.Rank(_evaluator, current.Configuration, open, target, subset, cancellation);
        _observer.RankingEnds();
        for (var i = 0; i < ranking.Length; i++)
            _ranks[ranking[i].Group.Id] = new GroupRank(i + 1, ranking[i].Score);
        return new Queue<RankedGroup>(ranking);
    }

    private Judgement Judge(Configuration configuration, CancellationToken cancellation)
    {
        var evaluation = _evaluator.Evaluate(configuration, _validation, cancellation);
        return new Judgement(configuration, evaluation, _budget.Judge(evaluation));
    }

    private void Record(QuantizerGroup? group, Judgement judgement, bool kept)
    {
        _steps.Add(new SearchStep(_steps.Count, group, judgement, kept));
        _observer.Judged(_steps[^1]);
    }

    private SearchOutcome Outcome(SearchEnd end)
    {
        var best = _steps[0].Judgement;
        foreach (var step in _steps)
            if (step.Judgement.IsBetterThan(best))
                best = step.Judgement;
        return new SearchOutcome(best, end, [.. _steps], _ranks.ToImmutableSortedDictionary());
    }
}
