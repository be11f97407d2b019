using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>Answers what a search asks from what is known, and by a guess where something is missing, which is noted as an open question. Runs no model.</summary>
/// <param name="scheme">Whose configurations it evaluates.</param>
/// <param name="know">What is known of a configuration.</param>
/// <param name="guess">How to guess.</param>
/// <param name="rehearsal">What all schemes of the search share.</param>
internal sealed class RehearsedEvaluator(Scheme scheme, Func<Scheme, Configuration, KnownSamples> know, Guess guess, Rehearsal rehearsal) : IConfigurationEvaluator
{
    public int SampleCount => scheme.Evaluator.SampleCount;

    public IReadOnlyList<IMetric> Metrics => scheme.Evaluator.Metrics;

    public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation) => EvaluateEach([configuration], samples, cancellation)[0];

    public ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var known = configurations.Select(c => know(scheme, c)).ToArray();
        if (!known.All(k => k.HasAll(samples)))
            rehearsal.Note(new SearchQuestion(scheme, [.. configurations], [.. samples]));
        var evaluations = configurations.Select((c, i) => Answer(c, known[i], samples)).ToImmutableArray();
        for (var i = 0; i < configurations.Count; i++)
            rehearsal.See(scheme.Name, configurations[i], known[i]);
        return evaluations;
    }

    private Evaluation Answer(Configuration configuration, KnownSamples known, IReadOnlyList<int> samples)
    {
        KnownSamples[] sources = known.HasAll(samples) ? [] : [.. Sources(configuration)];
        return new([.. samples], [.. Metrics.Select((metric, m) => new MetricEvaluation(metric,
            [.. samples.Select(s => known.Has(s) ? known.Metrics[m][s] : Pick(sources.Where(k => k.Has(s)).Select(k => k.Metrics[m][s]), metric))]))]);
    }

    /// <summary>Whose contributions may stand for those of a configuration.</summary>
    private IEnumerable<KnownSamples> Sources(Configuration configuration)
    {
        var int8 = rehearsal.Seen.Where(s => !s.Key.Configuration.IsFloat).ToArray();
        var parts = int8.Where(s => s.Key.Scheme == scheme.Name && IsPart(s.Key.Configuration, configuration)).Select(s => s.Value).ToArray();
        return guess switch
        {
            Guess.Hopeful => int8.Select(s => s.Value).Prepend(know(scheme, Configuration.Float)),
            Guess.Likely when parts.Length > 0 => parts,
            _ => int8.Select(s => s.Value),
        };
    }

    /// <summary>The best of the parts, else the first that knows the sample.</summary>
    private double[] Pick(IEnumerable<double[]> candidates, IMetric metric) =>
        (guess == Guess.Likely ? candidates.MaxBy(c => Goodness(metric, c)) : candidates.FirstOrDefault()) ?? throw Rehearsal.End();

    private static double Goodness(IMetric metric, double[] contribution) =>
        metric.PerSample(contribution) is var value && double.IsNaN(value) ? double.NegativeInfinity : metric.HigherIsBetter ? value : -value;

    private static bool IsPart(Configuration part, Configuration whole) => part.Reverted.IsSubsetOf(whole.Reverted)
        && part.Rungs.All(r => whole.Reverted.Contains(r.Key) || (whole.Rungs.TryGetValue(r.Key, out var rung) && rung.Equals(r.Value)));
}
