using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// Judges what is offered once the budget is met: configurations that keep more of int8 than the answer. An offer is withdrawn, without a whole validation, as soon as a forecast is clearly against it.
/// </summary>
/// <param name="evaluator">Runs configurations.</param>
/// <param name="budget">What is asked for.</param>
/// <param name="validation">Accepts.</param>
/// <param name="log">Has a judgement that missed the budget.</param>
/// <param name="reference">The float model, on the samples that are compared one by one.</param>
internal sealed class Offers(AskedSamples evaluator, Budget budget, Validation validation, SearchLog log, Lazy<Evaluation> reference)
{
    /// <param name="configuration">The offer.</param>
    /// <param name="answer">The configuration within budget that it would replace.</param>
    /// <param name="errors">How many standard errors better than foretold it may turn out before it is withdrawn.</param>
    /// <param name="cancellation">Ends it.</param>
    public Judgement Judge(Configuration configuration, Judgement answer, double errors, CancellationToken cancellation)
    {
        if (log.Steps.FirstOrDefault(s => s.Judgement is { IsWhole: true, Verdict.WithinBudget: false })?.Judgement is { } failing)
        {
            var forecast = Forecast.TowardsInt8(budget, answer, failing, reference.IsValueCreated ? reference.Value : null);
            // A race or a descent may have asked enough of it already.
            if (evaluator.Known(configuration) is { } known && forecast.Of(configuration, known, errors) is { IsHopeless: true, Likely: var clear })
                return clear;
            foreach (var samples in forecast.Rounds())
                if (forecast.Of(configuration, evaluator.EvaluateMore(configuration, samples, cancellation), errors) is { IsHopeless: true, Likely: var foretold })
                    return foretold;
        }
        return validation.JudgeUnlessHopeless(configuration, answer, cancellation);
    }
}
