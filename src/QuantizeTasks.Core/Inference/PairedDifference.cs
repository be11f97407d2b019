namespace QuantizeTasks.Inference;

/// <summary>How much longer the first of two things took that were measured in turn.</summary>
/// <param name="Median">The median of the differences, first minus second.</param>
/// <param name="Margin">
/// How far the median may be off: half of the notch of a box plot, 1.57 times the interquartile range over the root of the count, about 95 % confidence
/// (McGill, Tukey and Larsen, Variations of box plots, 1978). Single disturbances move neither.
/// </param>
internal readonly record struct PairedDifference(double Median, double Margin)
{
    /// <summary>True when the first took longer, beyond the noise.</summary>
    public bool IsClear => Median > Margin;

    /// <param name="first">At least one value a round.</param>
    /// <param name="second">As many, of the same rounds.</param>
    public static PairedDifference Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var differences = first.Zip(second, (a, b) => a - b).Order().ToArray();
        return new(Quantile(differences, 0.5), 1.57 * (Quantile(differences, 0.75) - Quantile(differences, 0.25)) / Math.Sqrt(differences.Length));
    }

    // Linear between neighbours.
    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var (below, above) = ((int)Math.Floor(place), (int)Math.Ceiling(place));
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
