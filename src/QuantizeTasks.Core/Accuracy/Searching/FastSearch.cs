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
    AskedSamples evaluator, ImmutableArray<QuantizerGroup> groups, Budget budget, Validation validation, IGroupRanking ranking, AccuracyAwareParameters parameters, Lazy<Evaluation> reference, SearchLog log)
{
    /// <summary>How many standard errors better than foretold a configuration may turn out before a validation is not worth its samples. What is passed over wrongly comes again, what is taken along needlessly is trimmed.</summary>
    private const double Errors = 1;

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
        var (current, whole) = (start, start);
        while (true)
        {
            var before = current;
            var metric = current.Verdict.Worst;
            var forecast = Forecast.TowardsFloat(budget, whole, reference.Value);
            // Drop may ask Foretell, which stops where a forecast is no better than what stands. Nothing stands yet.
            var (configuration, drop) = (current.Configuration, double.PositiveInfinity);
            drop = Drop(current);
            foreach (var candidate in Rank(Question(current), cancellation))
            {
                cancellation.ThrowIfCancellationRequested();
                var trial = configuration.Revert(candidate.Group);
                var (likely, isHopeless) = Foretell(trial);
                if (likely >= drop)
                    continue;
                (configuration, drop) = (trial, likely);
                _unjudged.Add(candidate.Group);
                if (isHopeless)
                    continue;
                if (log.Iterations == parameters.MaxIterNum)
                    return SearchEnd.IterationsUsed;
                current = Judge(configuration, current, cancellation);
                if (current.Verdict.WithinBudget)
                    return SearchEnd.WithinBudget;
                if (current.Verdict.Worst != metric)
                    break;
                if (current.IsWhole)
                    (whole, forecast) = (current, Forecast.TowardsFloat(budget, current, reference.Value));
                drop = Drop(current);
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
            whole = current.IsWhole ? current : whole;

            // What a whole validation would likely give, from no more samples than it takes to see whether it is worth one.
            (double Drop, bool IsHopeless) Foretell(Configuration of)
            {
                var (result, isHopeless) = (double.NaN, false);
                foreach (var samples in forecast.Rounds())
                {
                    (var likely, isHopeless) = forecast.Of(of, evaluator.EvaluateMore(of, samples, cancellation), Errors);
                    result = likely.Verdict.Metrics[metric].Drop;
                    if (isHopeless || likely.Verdict.WithinBudget || result >= drop)
                        break;
                }
                return (result, isHopeless);
            }

            // A validation that was stopped gives a bound, which a forecast cannot be held against.
            double Drop(Judgement of) => of.IsWhole ? of.Verdict.Metrics[metric].Drop : Foretell(of.Configuration).Drop;
        }
    }

    /// <summary>What the worst metric lost, on the samples that lost something.</summary>
    private RankingQuestion Question(Judgement current) => FirstRanking.Question(reference.Value, current, parameters);

    private ImmutableArray<RankedGroup> Rank(RankingQuestion question, CancellationToken cancellation) =>
        log.Rank(ranking, question, [.. groups.Where(g => !question.Current.Configuration.IsReverted(g))], evaluator.SampleCount, cancellation);

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
