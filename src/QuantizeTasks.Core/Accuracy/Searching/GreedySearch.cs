using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// POT's greedy loop (accuracy_aware_common): revert the most harmful group, judge on the whole validation set, go on down the ranking while the
/// drop shrinks, take a harmful step back and rank anew. One metric is worked on at a time, the one furthest from its bound; a configuration is accepted on all.
/// Where POT forgets what it has seen this loop does not: it answers with the best configuration, counts success on the last group, measures against
/// the state it stepped back to, and does not try the same configuration twice.
/// </summary>
internal sealed class GreedySearch(
    IConfigurationEvaluator evaluator, ImmutableArray<QuantizerGroup> groups, Validation validation, IGroupRanking ranking, AccuracyAwareParameters parameters, Lazy<Evaluation> reference, SearchLog log)
{
    private readonly HashSet<int> _rejected = [];

    /// <summary>Searches from a judged configuration that is not within budget, usually the fully quantized one.</summary>
    public SearchEnd Run(Judgement start, CancellationToken cancellation)
    {
        var current = start;
        var target = start.Verdict.Worst;
        var mayWorsen = true;
        var candidates = new Queue<RankedGroup>();
        for (var iteration = 0; iteration < parameters.MaxIterNum; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidates.Count == 0)
                candidates = Rank(current, target, cancellation);
            if (!candidates.TryDequeue(out var candidate))
                return SearchEnd.GroupsExhausted;

            var trial = validation.Judge(current.Configuration.Revert(candidate.Group), cancellation);
            var worsened = trial.Verdict.Metrics[target].Drop > current.Verdict.Metrics[target].Drop;
            var stepBack = worsened && !mayWorsen && parameters.UsePrevIfDropIncrease && !trial.Verdict.WithinBudget;
            log.Record(StepKind.ToFloat, [candidate.Group], trial, kept: !stepBack);
            if (trial.Verdict.WithinBudget)
                return SearchEnd.WithinBudget;

            var rankAnew = worsened && !mayWorsen;
            mayWorsen = stepBack;
            if (stepBack)
            {
                _rejected.Add(candidate.Group.Id);
            }
            else
            {
                current = trial;
                // On another model it may help. POT forgets it at once, but on GNA, where it reverts to 16 bits, never again tries what hurt.
                if (candidate.Group.RevertsTo is null)
                    _rejected.Clear();
                if (trial.Verdict.Metrics[target].WithinBudget)
                {
                    target = trial.Verdict.Worst;
                    rankAnew = true;
                }
            }
            if (rankAnew)
                candidates.Clear();
        }
        return SearchEnd.IterationsUsed;
    }

    private Queue<RankedGroup> Rank(Judgement current, int target, CancellationToken cancellation)
    {
        QuantizerGroup[] open = [.. groups.Where(g => !current.Configuration.IsReverted(g) && !_rejected.Contains(g.Id))];
        return open.Length == 0 ? []
            : new Queue<RankedGroup>(log.Rank(ranking, RankingQuestion.Of(reference.Value, current, target, parameters.RankingSubsetSize), open, evaluator.SampleCount, cancellation));
    }
}
