namespace QuantizeTasks.Accuracy;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    /// <summary>The value below which a share <paramref name="probability"/> lies, to twelve digits.</summary>
    /// <param name="probability">In [0.5, 1).</param>
    public static double Quantile(double probability)
    {
        // The distribution function rises, so bisection finds its inverse; 8 standard deviations leave 6e-16 outside.
        var (low, high) = (0.0, 8.5);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (Distribution(middle) < probability)
                low = middle;
            else
                high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>The share below <paramref name="z"/> &gt;= 0: 1/2 + density * (z + z^3/3 + z^5/15 + ...), Abramowitz and Stegun 26.2.11.</summary>
    private static double Distribution(double z)
    {
        var (sum, term) = (z, z);
        for (var n = 3; term > sum * 1e-17; n += 2)
            sum += term *= z * z / n;
        return 0.5 + (sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI));
    }
}
