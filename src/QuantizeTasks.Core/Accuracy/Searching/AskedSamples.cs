using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// Remembers what one search has asked of each configuration. The store may know more, from a run that was killed or from another search; a decision that looked at that would depend on what
/// happened before, and the same inputs would not give the same bytes.
/// </summary>
internal sealed class AskedSamples(IConfigurationEvaluator evaluator) : IConfigurationEvaluator
{
    private readonly Dictionary<Configuration, Evaluation> _asked = [];

    public int SampleCount => evaluator.SampleCount;

    public IReadOnlyList<IMetric> Metrics => evaluator.Metrics;

    public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        var evaluation = evaluator.Evaluate(configuration, samples, cancellation);
        Remember(configuration, evaluation);
        return evaluation;
    }

    public ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        var evaluations = evaluator.EvaluateEach(configurations, samples, cancellation);
        for (var i = 0; i < evaluations.Length; i++)
            Remember(configurations[i], evaluations[i]);
        return evaluations;
    }

    /// <summary>Evaluates a configuration on the given samples, and gives all that was asked of it until now with them.</summary>
    public Evaluation EvaluateMore(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        Evaluate(configuration, samples, cancellation);
        return _asked[configuration];
    }

    /// <summary>All that was asked of a configuration until now; null for nothing.</summary>
    public Evaluation? Known(Configuration configuration) => _asked.GetValueOrDefault(configuration);

    private void Remember(Configuration configuration, Evaluation evaluation) =>
        _asked[configuration] = _asked.TryGetValue(configuration, out var known) ? evaluation.Over(known) : evaluation;
}
