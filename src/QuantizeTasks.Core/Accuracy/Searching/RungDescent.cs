using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// Offers each group that needs to be in float the rungs between int8 and float, the one that keeps most of int8's speed first; groups that lost most speed come first. A step stays only if
/// the whole validation set is still within budget.
/// </summary>
internal sealed class RungDescent(IModelVariants variants, Offers offers, PredictedSpeed speed, SearchLog log)
{
    /// <summary>The answer needs no rung; a forecast that is against one is enough.</summary>
    private const double Errors = 1;

    public void Run(CancellationToken cancellation)
    {
        var current = log.Best;
        if (!current.Verdict.WithinBudget)
            return;
        foreach (var group in variants.Groups.Where(current.Configuration.IsReverted).OrderByDescending(speed.Share).ThenBy(g => g.Id).ToArray())
            current = Lower(current, group, cancellation);
    }

    private Judgement Lower(Judgement current, QuantizerGroup group, CancellationToken cancellation)
    {
        foreach (var rung in variants.RungsOf(group.Id).TakeWhile(rung => rung != group.RevertsTo))
        {
            cancellation.ThrowIfCancellationRequested();
            var trial = offers.Judge(current.Configuration.Put(group.Id, rung), current, Errors, cancellation);
            log.Record(StepKind.ToRung, [group], trial, trial.Verdict.WithinBudget, rung);
            if (trial.Verdict.WithinBudget)
                return trial;
        }
        return current;
    }
}
