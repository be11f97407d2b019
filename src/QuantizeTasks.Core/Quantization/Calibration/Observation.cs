using System.Collections.Immutable;
using System.Globalization;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>A tensor whose statistics are wanted.</summary>
/// <param name="Tensor">Its name in the prepared model.</param>
/// <param name="Rank">Number of axes; only used for reductions along an axis, 0 when not known.</param>
/// <param name="Reductions">What is taken of every sample, each once, in order. Minimum, maximum and absolute maximum of the whole tensor are always among them.</param>
internal sealed record Observation(string Tensor, int Rank, ImmutableArray<Reduction> Reductions)
{
    /// <summary>True when a histogram of the values of all samples is wanted too.</summary>
    public bool HasHistogram { get; init; }

    /// <summary>True when the whole tensor has to leave the runtime.</summary>
    public bool NeedsWholeTensor => HasHistogram || Reductions.Any(r => r.IsQuantile);

    /// <summary>Of a tensor the extremes and what <paramref name="reductions"/> names besides.</summary>
    /// <param name="tensor">Its name in the prepared model.</param>
    /// <param name="rank">Number of axes; 0 will do when no reduction is along an axis.</param>
    /// <param name="reductions">What is taken, in any order.</param>
    public static Observation Of(string tensor, int rank, params IEnumerable<Reduction> reductions) =>
        new(tensor, rank, [.. reductions.Append(Reduction.AbsoluteMaximum).SelectMany(WithItsParts).Distinct().Order()]);

    /// <summary>One observation a tensor, of all that is asked of it; in ordinal order of the tensors. All that several algorithms want is so taken in one pass.</summary>
    public static ImmutableArray<Observation> Merge(params IEnumerable<Observation> observations) =>
        [.. observations.GroupBy(o => o.Tensor, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => Of(g.Key, g.Max(o => o.Rank), g.SelectMany(o => o.Reductions)) with { HasHistogram = g.Any(o => o.HasHistogram) })];

    /// <summary>The largest absolute value is taken from the smallest and the largest value.</summary>
    private static Reduction[] WithItsParts(Reduction reduction) => reduction.Kind == ReductionKind.AbsoluteMaximum
        ? [reduction, reduction with { Kind = ReductionKind.Minimum }, reduction with { Kind = ReductionKind.Maximum }]
        : [reduction];

    /// <inheritdoc/>
    public bool Equals(Observation? other) => other is not null && Tensor == other.Tensor && Rank == other.Rank && HasHistogram == other.HasHistogram && Reductions.SequenceEqual(other.Reductions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Tensor, Rank, Reductions.Length);

    /// <summary>Everything that is asked, so that equal texts mean equal statistics.</summary>
    public override string ToString() => $"{Tensor}, rank {Rank}{(HasHistogram ? ", histogram" : "")}: {string.Join("; ", Reductions.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Kind}@{r.Axis}@{r.Level:R}")))}";
}
