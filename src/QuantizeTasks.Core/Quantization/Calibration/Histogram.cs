using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>
/// How often which values occur. Bins are [k * 2^e, (k + 1) * 2^e): the grid depends on nothing but the exponent, so that two bins merge exactly into one of the next exponent,
/// and what a histogram holds depends on the values alone, not on their order or on how they were divided among workers.
/// </summary>
/// <param name="Exponent">e above.</param>
/// <param name="First">k of the first bin.</param>
/// <param name="Counts">How many values lie in each bin; zeros are not among them.</param>
/// <param name="Zeros">How many values are exactly 0, which every quantizer stores without an error.</param>
/// <param name="Minimum">The smallest value, exactly.</param>
/// <param name="Maximum">The largest value, exactly.</param>
internal sealed record Histogram(int Exponent, int First, ImmutableArray<long> Counts, long Zeros, float Minimum, float Maximum)
{
    /// <summary>Enough for the precision of a float.</summary>
    private const int Bisections = 32;

    /// <summary>Width of a bin.</summary>
    public double Width => Math.ScaleB(1, Exponent);

    /// <summary>How many values there are.</summary>
    public long Total => Zeros + Counts.Sum();

    /// <summary>Lower border of a bin, not below <see cref="Minimum"/>.</summary>
    public double Low(int bin) => Math.Max(Minimum, (First + (double)bin) * Width);

    /// <summary>Upper border of a bin, not above <see cref="Maximum"/>.</summary>
    public double High(int bin) => Math.Min(Maximum, (First + bin + 1.0) * Width);

    /// <summary>The value that a share of all values does not exceed, taking the values of a bin as spread evenly over it.</summary>
    /// <param name="level">The share, in [0, 1].</param>
    public double Quantile(double level)
    {
        var left = level * Total;
        for (var bin = 0; bin < Counts.Length; bin++)
        {
            // Zeros lie at the lower border of the bin that begins with 0.
            if (First + bin == 0)
            {
                if (left <= Zeros && Zeros > 0)
                    return 0;
                left -= Zeros;
            }
            if (left <= Counts[bin] && Counts[bin] > 0)
                return Low(bin) + (left / Counts[bin] * (High(bin) - Low(bin)));
            left -= Counts[bin];
        }
        return Maximum;
    }

    /// <summary>The magnitude that the magnitudes of a share of all values do not exceed.</summary>
    /// <param name="level">The share, in [0, 1].</param>
    public double AbsoluteQuantile(double level)
    {
        if (Minimum >= 0)
            return Quantile(level);
        if (Maximum <= 0)
            return -Quantile(1 - level);
        // Bisected over the share outside: from both sides together as many values lie outside as asked for.
        var (low, high) = (0.0, Math.Max(-(double)Minimum, Maximum));
        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            if (Within(middle) < level * Total)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    /// <summary>How many values have a magnitude up to a bound.</summary>
    private double Within(double magnitude)
    {
        double within = Zeros;
        for (var bin = 0; bin < Counts.Length; bin++)
            if (Counts[bin] > 0)
                within += Counts[bin] * (High(bin) > Low(bin)
                    ? Math.Max(0, (Math.Min(High(bin), magnitude) - Math.Max(Low(bin), -magnitude)) / (High(bin) - Low(bin)))
                    : Math.Abs(Low(bin)) <= magnitude ? 1 : 0);
        return within;
    }

    /// <summary>How many values lie outside a range that holds 0, taking the values of a bin as spread evenly over it.</summary>
    public double Outside(double low, double high)
    {
        var outside = 0.0;
        for (var bin = 0; bin < Counts.Length; bin++)
        {
            var (from, to) = (Low(bin), High(bin));
            var inside = to > from ? Math.Clamp((Math.Min(to, high) - Math.Max(from, low)) / (to - from), 0, 1) : from >= low && from <= high ? 1 : 0;
            outside += Counts[bin] * (1 - inside);
        }
        return outside;
    }

    /// <summary>The values of several tensors as those of one.</summary>
    public static Histogram Merge(IReadOnlyList<Histogram> histograms)
    {
        if (histograms is [var single])
            return single;
        var sum = new HistogramAccumulator();
        foreach (var histogram in histograms)
            sum.Add(histogram);
        return sum.Finish();
    }

    /// <inheritdoc/>
    public bool Equals(Histogram? other) => other is not null && (Exponent, First, Zeros) == (other.Exponent, other.First, other.Zeros)
        && Minimum.Equals(other.Minimum) && Maximum.Equals(other.Maximum) && Counts.SequenceEqual(other.Counts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Exponent, First, Counts.Length, Zeros);
}
