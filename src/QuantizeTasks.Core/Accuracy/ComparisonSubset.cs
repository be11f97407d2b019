using System.Collections.Immutable;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// The samples on which float and int8 are compared one by one (POT's <c>diff_idx</c>). When every baseline is stated, the float model has to run for
/// this only, and <c>metric_subset_ratio</c> of the samples are enough; otherwise all of them were run for the baseline anyway.
/// </summary>
internal static class ComparisonSubset
{
    /// <summary>Chooses indices, ascending; at least one of a data set that is not empty.</summary>
    public static ImmutableArray<int> Choose(int sampleCount, double ratio, bool baselinesStated)
    {
        var count = (int)Math.Clamp(sampleCount * ratio, 1, Math.Max(1, sampleCount));
        if (!baselinesStated || count >= sampleCount)
            return [.. Enumerable.Range(0, sampleCount)];
        return [.. Enumerable.Range(0, sampleCount).OrderBy(Shuffle).ThenBy(i => i).Take(count).Order()];
    }

    /// <summary>SplitMix64's finalizer (Steele, Lea and Flood, OOPSLA 2014): a fixed shuffle, where POT draws an unseeded one.</summary>
    private static ulong Shuffle(int index)
    {
        var z = ((ulong)index + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
