using System.Collections.Immutable;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>The samples that quantization hurt most: what candidates are ranked on (POT's <c>ranking_subset_size</c>).</summary>
internal static class RankingSubset
{
    /// <summary>The hardest of the samples that the float model was evaluated on, for one metric, the hardest first.</summary>
    /// <param name="reference">The float model's evaluation.</param>
    /// <param name="current">The quantized model's evaluation, on at least the same samples.</param>
    /// <param name="metric">Position of the metric.</param>
    /// <param name="size">How many; all when there are fewer.</param>
    public static ImmutableArray<int> Choose(Evaluation reference, Evaluation current, int metric, int size)
    {
        var original = reference.Metrics[metric].ForRanking.PerSample;
        var int8 = current.On(reference.Samples).Metrics[metric].ForRanking.PerSample;
        return [.. Hardest(original, int8, reference.Metrics[metric].ForRanking.Metric.HigherIsBetter, size).Select(i => reference.Samples[i])];
    }

    /// <summary>Positions of the samples with the largest degradation, the largest first. A gain is the opposite of a degradation, not a difference of the same size.</summary>
    public static ImmutableArray<int> Hardest(IReadOnlyList<double> reference, IReadOnlyList<double> quantized, bool higherIsBetter, int size)
    {
        if (reference.Count != quantized.Count)
            throw new ArgumentException("There must be one value per sample on both sides.", nameof(quantized));
        var degradation = reference.Select((value, i) => Degradation(value, quantized[i], higherIsBetter)).ToArray();
        // POT reverses an ascending stable sort, so the later of two equal samples comes first.
        return [.. Enumerable.Range(0, degradation.Length).OrderByDescending(i => degradation[i]).ThenByDescending(i => i).Take(Math.Max(0, size))];
    }

    private static double Degradation(double reference, double quantized, bool higherIsBetter)
    {
        if (reference == quantized)
            return 0; // also for two infinities, whose difference is not a number
        var degradation = higherIsBetter ? reference - quantized : quantized - reference;
        return double.IsNaN(degradation) ? double.NegativeInfinity : degradation; // a sample that the metric says nothing about shows no damage
    }
}
