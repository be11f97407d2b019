using System.Collections.Immutable;

namespace QuantizeTasks.Accuracy;

/// <summary>What is known of a model without running it.</summary>
/// <param name="Metrics">For each metric the contributions by sample.</param>
internal sealed record KnownSamples(ImmutableArray<SortedDictionary<int, double[]>> Metrics)
{
    /// <summary>Whether every metric knows a sample.</summary>
    public bool Has(int sample) => Metrics.All(m => m.ContainsKey(sample));

    /// <summary>Whether all of the samples are known, so that evaluating them would run nothing.</summary>
    public bool HasAll(IEnumerable<int> samples) => samples.All(Has);
}
