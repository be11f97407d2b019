namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>
/// Number, sum and sum of squares of a histogram's values up to any bound, in constant time. Within a bin the values are taken as spread evenly. Zeros are left out: every quantizer stores them
/// without an error.
/// </summary>
internal sealed class HistogramMoments
{
    private readonly Histogram _histogram;
    private readonly Moments[] _before;

    public HistogramMoments(Histogram histogram)
    {
        _histogram = histogram;
        _before = new Moments[histogram.Counts.Length + 1];
        for (var bin = 0; bin < histogram.Counts.Length; bin++)
            _before[bin + 1] = _before[bin] + Part(bin, histogram.High(bin));
    }

    /// <summary>Of all values.</summary>
    public Moments All => _before[^1];

    /// <summary>Of the values not above a bound.</summary>
    public Moments UpTo(double bound)
    {
        if (bound < _histogram.Minimum)
            return default;
        if (bound >= _histogram.Maximum)
            return All;
        var bin = Math.Clamp((int)(Math.Floor(bound / _histogram.Width) - _histogram.First), 0, _histogram.Counts.Length - 1);
        return _before[bin] + Part(bin, bound);
    }

    /// <summary>What a bin has up to a bound within it: its even density times the integrals of 1, x and x^2.</summary>
    private Moments Part(int bin, double bound)
    {
        var (low, high, count) = (_histogram.Low(bin), _histogram.High(bin), _histogram.Counts[bin]);
        if (count == 0 || bound < low)
            return default;
        if (high <= low)
            return new(count, count * low, count * low * low);
        bound = Math.Min(bound, high);
        var number = count * ((bound - low) / (high - low));
        return new(number, number * (low + bound) / 2, number * ((low * low) + (low * bound) + (bound * bound)) / 3);
    }
}

/// <summary>Of some values.</summary>
/// <param name="Count">How many; not whole where a bin is cut.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="SquareSum">The sum of their squares.</param>
internal readonly record struct Moments(double Count, double Sum, double SquareSum)
{
    public static Moments operator +(Moments a, Moments b) => new(a.Count + b.Count, a.Sum + b.Sum, a.SquareSum + b.SquareSum);

    public static Moments operator -(Moments a, Moments b) => new(a.Count - b.Count, a.Sum - b.Sum, a.SquareSum - b.SquareSum);

    /// <summary>The sum of the squared distances to a value.</summary>
    public double SquaredDistance(double value) => Math.Max(0, SquareSum - (2 * value * Sum) + (value * value * Count));
}
