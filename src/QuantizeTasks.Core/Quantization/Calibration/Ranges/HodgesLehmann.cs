namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>
/// The median of (x_i + x_j) / 2 over all i > j (Hodges and Lehmann 1963), in O(n log n) time and O(n) memory: the sums are never written down. In a sorted array the pairs up to a bound are
/// counted with two pointers, and the bound is bisected over the bit patterns of double, so that the result is exact.
/// </summary>
internal static class HodgesLehmann
{
    /// <summary>Of one value the value itself, which makes no pair.</summary>
    public static double Estimate(float[] values)
    {
        if (values.Length == 1)
            return values[0];
        var sorted = (float[])values.Clone();
        Array.Sort(sorted);
        var pairs = (long)sorted.Length * (sorted.Length - 1) / 2;
        var upper = SumOfRank(sorted, pairs / 2);
        var lower = pairs % 2 == 1 ? upper : SumOfRank(sorted, (pairs / 2) - 1);
        return (lower + upper) / 4;
    }

    /// <summary>The sum that stands at <paramref name="rank"/>, from 0, among the sorted sums of all pairs.</summary>
    private static double SumOfRank(float[] sorted, long rank)
    {
        var (low, high) = (Ordered(2.0 * sorted[0]), Ordered(2.0 * sorted[^1]));
        while (low < high)
        {
            // Rounded down also where the two have different signs.
            var middle = (low >> 1) + (high >> 1) + (low & high & 1);
            if (PairsUpTo(sorted, Value(middle)) > rank)
                high = middle;
            else
                low = middle + 1;
        }
        return Value(low);
    }

    private static long PairsUpTo(float[] sorted, double bound)
    {
        var count = 0L;
        for (var (i, j) = (0, sorted.Length - 1); i < j;)
        {
            if ((double)sorted[i] + sorted[j] <= bound)
                count += j - i++;
            else
                j--;
        }
        return count;
    }

    /// <summary>An integer that orders as the double does.</summary>
    private static long Ordered(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        return bits >= 0 ? bits : long.MinValue - bits;
    }

    private static double Value(long ordered) => BitConverter.Int64BitsToDouble(ordered >= 0 ? ordered : long.MinValue - ordered);
}
