using System.Collections.Immutable;
using QuantizeTasks.Metrics;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>Judges configurations on the whole validation set: the only thing that accepts one.</summary>
internal sealed class Validation(IConfigurationEvaluator evaluator, Budget budget)
{
    /// <summary>How often a validation that may stop looks whether it should.</summary>
    private const int Looks = 16;

    /// <summary>
    /// What a bound must be above the budget by, as a share of the baseline. Sums and means keep the order of what goes into them however they are rounded, so a bound holds for the
    /// figures as computed; only <see cref="Budget"/>, which calculates in decimals where it can, may round two almost equal values differently.
    /// </summary>
    private const double Margin = 1e-12;

    private readonly ImmutableArray<int> _all = [.. Enumerable.Range(0, evaluator.SampleCount)];

    /// <summary>Judges a configuration on every sample.</summary>
    public Judgement Judge(Configuration configuration, CancellationToken cancellation) => Judge(configuration, evaluator.Evaluate(configuration, _all, cancellation));

    /// <summary>
    /// Judges a configuration, but stops as soon as even the best contributions that the other samples could make would miss the budget. Samples that were bad under a similar configuration
    /// come first, because they decide: an accuracy of 0.79 is refuted by the 22 % of the samples that are wrong, whatever the others give.
    /// </summary>
    /// <param name="configuration">What to judge.</param>
    /// <param name="similar">A judged configuration that the samples are ordered by.</param>
    /// <param name="cancellation">Ends it.</param>
    public Judgement JudgeUnlessHopeless(Configuration configuration, Judgement similar, CancellationToken cancellation)
    {
        if (evaluator.Metrics.All(m => Best(m) is not null) && _all.Length >= 2 * Looks)
        {
            var order = BadFirst(similar);
            for (var look = 1; look < Looks; look++)
            {
                var best = Judge(configuration, BestCase(evaluator.Evaluate(configuration, [.. order.Take(order.Length * look / Looks).Order()], cancellation)));
                if (best.Verdict.WorstViolation > Margin)
                    return best with { IsBound = true };
            }
        }
        return Judge(configuration, cancellation);
    }

    private Judgement Judge(Configuration configuration, Evaluation evaluation) => new(configuration, evaluation, budget.Judge(evaluation));

    /// <summary>Samples by their value for the metric that is worst off, the worst first.</summary>
    private int[] BadFirst(Judgement similar)
    {
        var evaluation = similar.Evaluation.Metrics[similar.Verdict.Worst];
        var values = evaluation.PerSample;
        return [.. _all.OrderBy(i => double.IsNaN(values[i]) ? double.NegativeInfinity : evaluation.Metric.HigherIsBetter ? values[i] : -values[i]).ThenBy(i => i)];
    }

    /// <summary>The evaluation as it would be if every sample that was not run gave the best there is; put together and judged exactly as a whole one.</summary>
    private Evaluation BestCase(Evaluation evaluation) => new(_all, [.. evaluation.Metrics.Select(metric =>
    {
        var contributions = new double[_all.Length][];
        Array.Fill(contributions, Best(metric.Metric)!);
        for (var i = 0; i < evaluation.Samples.Length; i++)
            contributions[evaluation.Samples[i]] = metric.Contributions[i];
        return metric with { Contributions = [.. contributions] };
    })]);

    /// <summary>The best contribution that there is, without one of what stands in for the metric; null when there is none.</summary>
    private static double[]? Best(IMetric metric) => metric switch
    {
        IMeanMetric mean => [mean.Best],
        RankedMetric { Metric: IMeanMetric mean } => [0, mean.Best],
        _ => null,
    };
}
