using System.Numerics.Tensors;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Quantiles without sorting.</summary>
internal static class OrderStatistics
{
    /// <summary>Below this many values a plain partition is as fast as one that samples its pivot first (Floyd and Rivest's own figure).</summary>
    private const int Small = 600;

    /// <summary>The quantile with linear interpolation between the two nearest values, as numpy's default and so POT's: for level 0 the smallest, for 1 the largest value.</summary>
    /// <param name="values">At least one, none of them NaN; left in another order.</param>
    /// <param name="level">In [0, 1].</param>
    public static double Quantile(Span<float> values, double level)
    {
        var position = level * (values.Length - 1);
        var below = Math.Min((int)position, values.Length - 1);
        var fraction = position - below;
        double value = Select(values, below);
        return fraction > 0 ? value + (fraction * ((double)TensorPrimitives.Min<float>(values[(below + 1)..]) - value)) : value;
    }

    /// <summary>Brings the value that sorting would put at <paramref name="k"/> there, none larger before and none smaller behind it (Floyd and Rivest 1975, Algorithm 489).</summary>
    public static float Select(Span<float> values, int k)
    {
        Select(values, 0, values.Length - 1, k);
        return values[k];
    }

    private static void Select(Span<float> values, int left, int right, int k)
    {
        while (right > left)
        {
            if (right - left > Small)
            {
                // Sort out a sample around k first, so that the pivot lands just beside the value that is looked for.
                double n = right - left + 1, i = k - left + 1;
                var z = Math.Log(n);
                var s = 0.5 * Math.Exp(2 * z / 3);
                var deviation = 0.5 * Math.Sqrt(z * s * (n - s) / n) * Math.Sign(i - (n / 2));
                Select(values, Math.Max(left, (int)(k - (i * s / n) + deviation)), Math.Min(right, (int)(k + ((n - i) * s / n) + deviation)), k);
            }
            var pivot = values[k];
            var (low, high) = (left, right);
            (values[left], values[k]) = (values[k], values[left]);
            if (values[right] > pivot)
                (values[left], values[right]) = (values[right], values[left]);
            while (low < high)
            {
                (values[low], values[high]) = (values[high], values[low]);
                low++;
                high--;
                while (values[low] < pivot)
                    low++;
                while (values[high] > pivot)
                    high--;
            }
            if (values[left] == pivot)
                (values[left], values[high]) = (values[high], values[left]);
            else
            {
                high++;
                (values[high], values[right]) = (values[right], values[high]);
            }
            if (high <= k)
                left = high + 1;
            if (k <= high)
                right = high - 1;
        }
    }
}
