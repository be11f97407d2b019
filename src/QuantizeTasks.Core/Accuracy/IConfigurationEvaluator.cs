using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>Runs a configuration on samples. Everything a search does is a sequence of these calls, which the implementation memoizes.</summary>
internal interface IConfigurationEvaluator
{
    /// <summary>How many validation samples there are.</summary>
    int SampleCount { get; }

    /// <summary>The metrics, in the manifest's order.</summary>
    IReadOnlyList<IMetric> Metrics { get; }

    /// <summary>Evaluates a configuration on the given samples (ascending, without duplicates).</summary>
    Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation);

    /// <summary>Evaluates several configurations on the same samples, side by side where that is faster. The result is in their order.</summary>
    ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> samples, CancellationToken cancellation);
}
