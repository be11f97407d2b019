namespace QuantizeTasks.Comparison;

/// <summary>What one sample adds to the comparison of two outputs; and the sum of such.</summary>
internal readonly record struct OutputSums(double Signal, double Noise, double Cosine, double LargestDifference, long Equal, long Predictions, int Samples)
{
    public static OutputSums operator +(OutputSums a, OutputSums b) => new(
        a.Signal + b.Signal, a.Noise + b.Noise, a.Cosine + b.Cosine, Math.Max(a.LargestDifference, b.LargestDifference), a.Equal + b.Equal, a.Predictions + b.Predictions, a.Samples + b.Samples);

    /// <summary>Compares two outputs of one shape.</summary>
    public static OutputSums Of(Tensor first, Tensor second)
    {
        var (a, b) = (Values(first), Values(second));
        var (dot, signal, other, noise, largest) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            var difference = a[i] == b[i] ? 0 : a[i] - b[i]; // also for two infinities
            dot += a[i] * b[i];
            signal += a[i] * a[i];
            other += b[i] * b[i];
            noise += difference * difference;
            largest = Math.Max(largest, Math.Abs(difference));
        }
        var cosine = noise == 0 ? 1 : dot / Math.Sqrt(signal * other);
        var (equal, predictions) = first.ElementType == typeof(float) || first.ElementType == typeof(double) ? Agreement(a, b, first.Shape) : (a.Zip(b).LongCount(p => p.First == p.Second), a.Length);
        return new(signal, noise, cosine, largest, equal, predictions, 1);
    }

    public OutputDifference Difference(string name, string secondName) => new(
        name, secondName, 10 * Math.Log10(Signal / Noise), Cosine / Samples, LargestDifference, Predictions == 0 ? null : (double)Equal / Predictions, Predictions);

    /// <summary>
    /// Predictions are what is largest along the axis of classes: the second of two, four and more (images: batch, classes, rows, columns), the last of three (texts: batch, places, classes).
    /// An output with one value there scores nothing against anything, so it predicts nothing.
    /// </summary>
    private static (long Equal, long Predictions) Agreement(double[] a, double[] b, IReadOnlyList<int> shape)
    {
        var axis = shape.Count == 3 ? 2 : 1;
        if (shape.Count < 2 || shape[axis] < 2)
            return (0, 0);
        var (classes, inner) = (shape[axis], shape.Skip(axis + 1).Aggregate(1, (product, extent) => product * extent));
        var (equal, predictions) = (0L, 0L);
        for (var start = 0; start < a.Length; start += classes * inner)
            for (var place = start; place < start + inner; place++, predictions++)
                equal += Largest(a, place, classes, inner) == Largest(b, place, classes, inner) ? 1 : 0;
        return (equal, predictions);
    }

    // Of equals the first, as numpy's argmax has it.
    private static int Largest(double[] values, int start, int count, int step)
    {
        var best = 0;
        for (var i = 1; i < count; i++)
            if (values[start + (i * step)] > values[start + (best * step)])
                best = i;
        return best;
    }

    private static double[] Values(Tensor tensor) => tensor.Data switch
    {
        float[] data => Array.ConvertAll(data, value => (double)value),
        double[] data => data,
        Array data => [.. data.Cast<object>().Select(value => value is IConvertible number and not string ? number.ToDouble(System.Globalization.CultureInfo.InvariantCulture) : value.GetHashCode())],
    };
}
