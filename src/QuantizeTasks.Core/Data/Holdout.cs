using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Divides samples at random into those that are worked with and those that are kept back.</summary>
/// <param name="Used">Indices, ascending.</param>
/// <param name="KeptBack">The other indices, ascending.</param>
internal sealed record Holdout(ImmutableArray<int> Used, ImmutableArray<int> KeptBack)
{
    /// <summary>The same for the same count and seed, everywhere.</summary>
    /// <exception cref="QuantizeException">One side would have no sample.</exception>
    public static Holdout Divide(int count, HoldoutSpecification specification)
    {
        var kept = (int)Math.Round(count * specification.Fraction.Value);
        if (kept == 0 || kept == count)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, $"{count} samples cannot be divided by holdout {specification.Fraction.Value}: one side would be empty.", specification.Fraction.Position);
        var indices = Enumerable.Range(0, count).ToArray();
        new Random(specification.Seed).Shuffle(indices);
        return new([.. indices.Skip(kept).Order()], [.. indices.Take(kept).Order()]);
    }
}
