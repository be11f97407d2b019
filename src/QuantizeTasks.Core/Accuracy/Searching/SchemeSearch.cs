using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// What is tried before layers are reverted. The fast search tries int8 of the same speed that is tuned to the calibration data, because a layer that stays in int8 stays fast. POT tries the
/// mixed preset (<c>convert_to_mixed_preset</c>) and a grid of range estimators and bias corrections (<c>tune_hyperparams</c>). Unlike there, a scheme replaces another only when it is better on
/// the whole validation set. Without a search over layers (DefaultQuantization) the grid is tried on all samples, and whether or not the budget is
/// met: it is then all that is done for accuracy.
/// </summary>
/// <param name="make">Quantizes under other settings.</param>
/// <param name="refines">Whether tuned int8 is worth its time.</param>
/// <param name="budget">What is asked for.</param>
/// <param name="reference">The float model, on the samples that are compared one by one.</param>
/// <param name="tell">Told every trial.</param>
internal sealed class SchemeSearch(Func<string, CompressionSettings, Scheme> make, bool refines, Budget budget, Lazy<Evaluation> reference, Action<SchemeTrial> tell)
{
    /// <summary>How many standard errors better than foretold the tuned model may turn out before it is given up. Wrongly given up, it costs float layers and never the answer.</summary>
    private const double Errors = 1;

    /// <summary>Gives the scheme to go on with, and its judgement.</summary>
    /// <param name="scheme">The manifest's.</param>
    /// <param name="start">Its judgement.</param>
    /// <param name="cancellation">Ends the search.</param>
    public (Scheme Scheme, Judgement Judgement) Run(Scheme scheme, Judgement start, CancellationToken cancellation)
    {
        var best = (Scheme: scheme, Judgement: start);
        var settings = scheme.Settings;
        if (IsDone(best.Judgement))
            return best;
        if (SettingsGrid.Mixed(settings) is { } mixed)
            best = Better(best, make(mixed.Name, mixed.Of(settings)), cancellation);
        if (refines && !IsDone(best.Judgement) && SettingsGrid.Refined(best.Scheme.Settings) is { } refined)
            best = Refine(best, Changed(best.Scheme, refined), cancellation);
        if (settings.Accuracy.TuneHyperparams && !IsDone(best.Judgement))
            best = Better(best, Tune(best.Scheme, best.Judgement, cancellation), cancellation);
        return best;

        bool IsDone(Judgement judgement) => settings.IsAccuracyAware && judgement.Verdict.WithinBudget;
    }

    private Scheme Changed(Scheme origin, SettingsChange change) => make(origin.Name.Length == 0 ? change.Name : $"{origin.Name}, {change.Name}", change.Of(origin.Settings));

    /// <summary>As <see cref="Better"/>, but ends where a forecast or a bound says that the budget is out of reach.</summary>
    private (Scheme, Judgement) Refine((Scheme Scheme, Judgement Judgement) best, Scheme scheme, CancellationToken cancellation)
    {
        var (asked, forecast) = (new AskedSamples(scheme.Evaluator), Forecast.TowardsFloat(budget, best.Judgement, reference.Value));
        foreach (var samples in forecast.Rounds())
        {
            var known = asked.EvaluateMore(Configuration.FullyQuantized, samples, cancellation);
            if (!forecast.Of(Configuration.FullyQuantized, known, Errors).IsHopeless)
                continue;
            tell(new SchemeTrial(scheme.Name, Values(known), known.Samples.Length, Kept: false));
            return best;
        }
        var judgement = new Validation(asked, budget).JudgeUnlessHopeless(Configuration.FullyQuantized, best.Judgement, cancellation);
        var isBetter = !judgement.IsBound && judgement.Verdict.WorstViolation < best.Judgement.Verdict.WorstViolation;
        var seen = asked.Known(Configuration.FullyQuantized)!;
        tell(new SchemeTrial(scheme.Name, Values(seen), seen.Samples.Length, isBetter));
        return isBetter ? (scheme, judgement) : best;
    }

    private (Scheme, Judgement) Better((Scheme Scheme, Judgement Judgement) best, Scheme scheme, CancellationToken cancellation)
    {
        if (ReferenceEquals(scheme, best.Scheme))
            return best;
        var evaluation = scheme.Evaluator.Evaluate(Configuration.FullyQuantized, best.Judgement.Evaluation.Samples, cancellation);
        var judgement = new Judgement(Configuration.FullyQuantized, evaluation, budget.Judge(evaluation));
        var isBetter = judgement.Verdict.WorstViolation < best.Judgement.Verdict.WorstViolation;
        tell(new SchemeTrial(scheme.Name, Values(evaluation), evaluation.Samples.Length, isBetter));
        return isBetter ? (scheme, judgement) : best;
    }

    /// <summary>The best of the grid; the given scheme itself when nothing in the grid is better.</summary>
    private Scheme Tune(Scheme start, Judgement judgement, CancellationToken cancellation)
    {
        var samples = start.Settings.IsAccuracyAware ? Hardest(judgement.Evaluation, start.Settings.Accuracy.RankingSubsetSize) : judgement.Evaluation.Samples;
        var ideal = Values(judgement.Evaluation.On(samples));
        var (best, smallest) = (start, 0.0);
        foreach (var space in SettingsGrid.Spaces(start.Settings))
        {
            var origin = best;
            foreach (var change in space)
            {
                var scheme = Changed(origin, change);
                var values = Values(scheme.Evaluator.Evaluate(Configuration.FullyQuantized, samples, cancellation));
                var error = Error(values, ideal, scheme.Evaluator.Metrics);
                tell(new SchemeTrial(scheme.Name, values, samples.Length, error < smallest));
                if (error < smallest)
                    (best, smallest) = (scheme, error);
            }
        }
        return best;
    }

    /// <summary>
    /// POT's objective: minus the mean over metrics of the gain over a reference, as a share of it. There the reference is the first trial; here it is the scheme in force, so that a grid in which
    /// nothing is better changes nothing. Not a number, and so never the smallest, when a metric is none.
    /// </summary>
    private static double Error(ImmutableArray<double> values, ImmutableArray<double> reference, IReadOnlyList<IMetric> metrics) =>
        -values.Select((value, i) => (metrics[i].HigherIsBetter ? 1 : -1) * (value - reference[i]) / (Math.Abs(reference[i]) + 1e-8)).Average();

    /// <summary>The samples that lost most, taken from the metrics in turn.</summary>
    private ImmutableArray<int> Hardest(Evaluation evaluation, int size)
    {
        var hardest = Enumerable.Range(0, evaluation.Metrics.Length).Select(metric => RankingSubset.Choose(reference.Value, evaluation, metric, int.MaxValue)).ToArray();
        return [.. Enumerable.Range(0, hardest[0].Length).SelectMany(place => hardest.Select(order => order[place])).Distinct().Take(Math.Max(1, size)).Order()];
    }

    private static ImmutableArray<double> Values(Evaluation evaluation) => [.. evaluation.Metrics.Select(m => m.Value)];
}
