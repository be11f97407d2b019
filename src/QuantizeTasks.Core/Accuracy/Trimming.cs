using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// Offers what a successful search returned to float back to int8, the least useful first. A greedy search keeps whatever did no harm on its way to the one
/// group that mattered; the answer should hold no needless float layer. A step stays only if the whole validation set is still within budget.
/// </summary>
internal sealed class Trimming(IConfigurationEvaluator evaluator, ImmutableArray<QuantizerGroup> groups, Budget budget, ISearchObserver observer)
{
    public SearchOutcome Run(SearchOutcome found, CancellationToken cancellation)
    {
        // The step that reached the budget was needed by definition, so with one group there is nothing to offer.
        if (!found.Best.Verdict.WithinBudget || found.Best.Configuration.Reverted.Count < 2)
            return found;
        observer.TrimmingStarts(found.Best.Configuration.Reverted.Count);
        ImmutableArray<int> all = [.. Enumerable.Range(0, evaluator.SampleCount)];
        var steps = found.Steps.ToBuilder();
        var current = found.Best;
        foreach (var group in LeastUsefulFirst(found))
        {
            cancellation.ThrowIfCancellationRequested();
            var configuration = current.Configuration.Restore(group);
            var evaluation = evaluator.Evaluate(configuration, all, cancellation);
            var trial = new Judgement(configuration, evaluation, budget.Judge(evaluation));
            var kept = trial.Verdict.WithinBudget;
            steps.Add(new SearchStep(steps.Count, groups[group], trial, kept) { IsBackToInt8 = true });
            observer.Judged(steps[^1]);
            if (kept)
                current = trial;
        }
        return found with { Best = current, Steps = steps.ToImmutable() };
    }

    /// <summary>Ids of the groups in float, by how much of the worst violation each one's own step took away.</summary>
    private static IEnumerable<int> LeastUsefulFirst(SearchOutcome found)
    {
        var gains = new Dictionary<int, double>();
        var before = Violation(found.Steps[0].Judgement);
        foreach (var step in found.Steps.Skip(1).Where(s => s.Kept))
        {
            var after = Violation(step.Judgement);
            gains[step.Group!.Id] = before - after;
            before = after;
        }
        return found.Best.Configuration.Reverted.OrderBy(id => gains.GetValueOrDefault(id)).ThenBy(id => id);
    }

    private static double Violation(Judgement judgement) => judgement.Verdict.Metrics[judgement.Verdict.Worst].Violation;
}
