using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>AccuracyAwareQuantization from the judged int8 model on: chooses the strategy that the parameters ask for, and ends it when its time is up.</summary>
/// <param name="evaluator">Runs configurations.</param>
/// <param name="variants">What may be changed.</param>
/// <param name="budget">What is asked for.</param>
/// <param name="parameters">POT's parameters.</param>
/// <param name="reference">The float model, evaluated on the samples that are compared one by one; asked for only when groups have to be ranked.</param>
/// <param name="observer">Follows the search.</param>
internal sealed class AccuracyAwareSearch(
    IConfigurationEvaluator evaluator, IModelVariants variants, Budget budget, AccuracyAwareParameters parameters, Lazy<Evaluation> reference, ISearchObserver observer)
{
    private readonly SearchLog _log = new(observer);
    private readonly AskedSamples _asked = new(evaluator);
    private readonly Validation _validation = new(evaluator, budget);
    private readonly PredictedSpeed _speed = new(variants.Groups);

    /// <summary>Searches from a judged configuration, usually the fully quantized one. A budget that is not met is an outcome like any other.</summary>
    /// <param name="start">Where to start.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <param name="time">The clock of <c>time_limit</c>.</param>
    /// <param name="rejected">Another start that was judged before and is not within budget.</param>
    public SearchOutcome Run(Judgement start, CancellationToken cancellation, TimeProvider? time = null, Judgement? rejected = null)
    {
        if (rejected is not null)
            _log.Record(StepKind.Start, [], rejected, kept: false);
        _log.Record(StepKind.Start, [], start, kept: true);
        if (start.Verdict.WithinBudget)
        {
            // A decision that was made for another budget may hold more float layers than this one asks for.
            if (rejected is not null)
                new Trimming(variants.Groups, Offers(), _speed, _log).Run(cancellation);
            return _log.Outcome(SearchEnd.WithinBudget);
        }
        using var limit = new CancellationTokenSource(parameters.TimeLimit ?? Timeout.InfiniteTimeSpan, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return _log.Outcome(Search(start, either.Token));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return _log.Outcome(SearchEnd.TimeUsed);
        }
    }

    private SearchEnd Search(Judgement start, CancellationToken cancellation)
    {
        if (parameters.MaxIterNum == 0)
            return SearchEnd.IterationsUsed;
        // POT's loop as it is documented ends where the budget is met.
        if (parameters.Search == SearchStrategy.Greedy)
            return new GreedySearch(evaluator, variants.Revertible, _validation, Ranking(parameters, evaluator, _speed), parameters, reference, _log).Run(start, cancellation);
        var end = new FastSearch(_asked, variants.Revertible, budget, _validation, Ranking(parameters, _asked, _speed), parameters, reference, _log).Run(start, cancellation);
        new Trimming(variants.Groups, Offers(), _speed, _log).Run(cancellation);
        new RungDescent(variants, Offers(), _speed, _log).Run(cancellation);
        return end;
    }

    private Offers Offers() => new(_asked, budget, _validation, _log, reference);

    /// <summary>The ranking that the parameters ask for: POT's own goes with its own loop.</summary>
    public static IGroupRanking Ranking(AccuracyAwareParameters parameters, IConfigurationEvaluator evaluator, PredictedSpeed speed) =>
        (parameters.Ranking ?? (parameters.Search == SearchStrategy.Greedy ? RankingMethod.Exhaustive : RankingMethod.Racing)) == RankingMethod.Exhaustive ? new ExhaustiveRanking(evaluator) : new Racing(evaluator, speed);
}
