using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>Finds the range that costs least. The candidates are fixed shares of the observed extremes, so the same histogram gives the same range.</summary>
internal static class RangeSearch
{
    /// <summary>Shares of an extreme: by factors of 2^(1/8) down to 1/64.</summary>
    private static readonly double[] Coarse = [.. Enumerable.Range(0, 49).Select(i => Math.Pow(2, -i / 8.0))];

    /// <summary>Around the best of those, up to the neighbours.</summary>
    private static readonly double[] Fine = [.. Enumerable.Range(-7, 15).Select(i => Math.Pow(2, i / 64.0))];

    /// <summary>How often low and high border are moved in turn; a third time moves nothing that matters.</summary>
    private const int Rounds = 2;

    /// <summary>The best range of a form.</summary>
    /// <param name="values">The observed values.</param>
    /// <param name="form">What it has to look like.</param>
    /// <param name="cost">What a scale costs.</param>
    public static QuantizerRange Find(Histogram values, RangeForm form, Func<TensorScale, double> cost)
    {
        var (low, high) = (Math.Min(0.0, values.Minimum), Math.Max(0.0, values.Maximum));
        double Cost(double from, double to) => cost(form.Of(from, to).ToScale(form.Type));
        if (form.IsSymmetric)
            return form.Of(low, Best(Math.Max(-low, high), magnitude => Cost(low, magnitude)));
        for (var round = 0; round < Rounds; round++)
        {
            var fixedLow = low;
            high = Best(Math.Max(0.0, values.Maximum), border => Cost(fixedLow, border));
            var fixedHigh = high;
            low = Best(Math.Min(0.0, values.Minimum), border => Cost(border, fixedHigh));
        }
        return form.Of(low, high);
    }

    private static double Best(double extreme, Func<double, double> cost)
    {
        if (extreme == 0)
            return 0;
        var coarse = First(Coarse.Select(share => share * extreme), cost);
        // Never beyond the extreme, where no value lies.
        return First(Fine.Select(factor => factor * coarse).Where(border => Math.Abs(border) < Math.Abs(extreme)).Prepend(coarse), cost);
    }

    /// <summary>The first of the cheapest.</summary>
    private static double First(IEnumerable<double> candidates, Func<double, double> cost) => candidates.MinBy(cost);
}
