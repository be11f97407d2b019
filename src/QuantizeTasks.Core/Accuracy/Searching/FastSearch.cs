using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// Spends samples where they decide. It goes down a ranking as POT does, but judges each step on the samples that the last judged configuration lost, keeps what repairs some of
/// them, and asks the whole validation set only when enough of the loss is regained for the budget to be in reach. A validation that fails gives the next samples. When the ranking
/// is used up, everything goes to float. What was reverted needlessly goes back to int8 at the end, so a wrong guess on the way costs time and never the answer.
/// </summary>
internal sealed class FastSearch(
    IConfigurationEvaluator evaluator, ImmutableArray<QuantizerGroup> groups, Validation validation, IGroupRanking ranking, AccuracyAwareParameters parameters, Lazy<Evaluation> reference, SearchLog log)
{
    private readonly List<QuantizerGroup> _unjudged = [];

    /// <summary>Searches from a judged configuration that is not within budget, usually the fully quantized one.</summary>
    public SearchEnd Run(Judgement start, CancellationToken cancellation)
    {
        var end = Descend(start, cancellation);
        if (end == SearchEnd.GroupsExhausted && !groups.IsEmpty && !groups.All(log.Steps[^1].Judgement.Configuration.IsReverted))
            end = JudgeEverythingInFloat(start, cancellation);
        if (end is SearchEnd.GroupsExhausted or SearchEnd.IterationsUsed)
            CompleteTheMostPromising(cancellation);
        return end;
    }

    private SearchEnd Descend(Judgement start, CancellationToken cancellation)
    {
        var current = start;
        while (true)
        {
            var before = current;
            var question = Question(current);
            var configuration = current.Configuration;
            var regained = 0.0;
            foreach (var candidate in Rank(question, cancellation))
            {
                cancellation.ThrowIfCancellationRequested();
                var trial = configuration.Revert(candidate.Group);
                var share = question.Regained(evaluator.Evaluate(trial, question.All, cancellation));
                if (share <= regained)
                    continue;
                (configuration, regained) = (trial, share);
                _unjudged.Add(candidate.Group);
                if (!IsInReach(question, regained))
                    continue;
                if (log.Iterations == parameters.MaxIterNum)
                    return SearchEnd.IterationsUsed;
                current = Judge(configuration, current, cancellation);
                if (current.Verdict.WithinBudget)
                    return SearchEnd.WithinBudget;
                if (current.Verdict.Worst != question.Metric)
                    break;
                (question, regained) = (Question(current), 0);
            }
            if (_unjudged.Count > 0)
            {
                if (log.Iterations == parameters.MaxIterNum)
                    return SearchEnd.IterationsUsed;
                current = Judge(configuration, current, cancellation);
                if (current.Verdict.WithinBudget)
                    return SearchEnd.WithinBudget;
            }
            if (ReferenceEquals(before, current))
                return SearchEnd.GroupsExhausted;
        }
    }

    /// <summary>What the worst metric lost, on the samples that lost something.</summary>
    private RankingQuestion Question(Judgement current) => FirstRanking.Question(reference.Value, current, parameters);

    private ImmutableArray<RankedGroup> Rank(RankingQuestion question, CancellationToken cancellation) =>
        log.Rank(ranking, question, [.. groups.Where(g => !question.Current.Configuration.IsReverted(g))], evaluator.SampleCount, cancellation);

    /// <summary>
    /// Whether the drop could be within its bound if all samples regained the same share, give or take the chance in it. The samples were chosen for having lost, so this is hopeful; the
    /// validation is not.
    /// </summary>
    private static bool IsInReach(RankingQuestion question, double regained)
    {
        var metric = question.Current.Verdict.Metrics[question.Metric];
        return double.IsNaN(regained) || ((1 - regained) * metric.Drop) - (question.Chance * metric.Unit) <= metric.Bound;
    }

    private Judgement Judge(Configuration configuration, Judgement similar, CancellationToken cancellation)
    {
        var judged = validation.JudgeUnlessHopeless(configuration, similar, cancellation);
        log.Record(StepKind.ToFloat, [.. _unjudged], judged, kept: true);
        _unjudged.Clear();
        return judged;
    }

    /// <summary>Groups that only help together, or only after something that hurts, are beyond a descent. With all of them in float what is needed is surely there, and trimming finds it.</summary>
    private SearchEnd JudgeEverythingInFloat(Judgement start, CancellationToken cancellation)
    {
        if (log.Iterations >= parameters.MaxIterNum)
            return SearchEnd.IterationsUsed;
        _unjudged.AddRange(groups.Where(g => !log.Steps[^1].Judgement.Configuration.IsReverted(g)));
        return Judge(Configuration.FullyQuantized.Revert(groups), start, cancellation).Verdict.WithinBudget ? SearchEnd.WithinBudget : SearchEnd.GroupsExhausted;
    }

    /// <summary>A search that fails says what the best drop was, so the judgement that may be better than the best one known is brought to its end.</summary>
    private void CompleteTheMostPromising(CancellationToken cancellation)
    {
        if (log.Steps.Where(s => s.Judgement.IsBound).MinBy(s => s.Judgement.Verdict.WorstViolation) is { } step && step.Judgement.Verdict.WorstViolation < log.Best.Verdict.WorstViolation)
            log.Complete(step, validation.Judge(step.Judgement.Configuration, cancellation));
    }
}
