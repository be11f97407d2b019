using System.Collections.Immutable;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Errors;

/// <summary>A histogram as coarse as a picture of it needs.</summary>
/// <param name="Minimum">The smallest value.</param>
/// <param name="Maximum">The largest value.</param>
/// <param name="Zeros">The share of values that are exactly 0.</param>
/// <param name="Clipped">The share of values outside the quantizer's range.</param>
/// <param name="Counts">The other values, in bins of equal width from the smallest to the largest.</param>
internal sealed record ValueDistribution(double Minimum, double Maximum, double Zeros, double Clipped, ImmutableArray<long> Counts)
{
    /// <summary>How many bins.</summary>
    public const int Bins = 48;

    /// <summary>Each fine bin counts where its middle lies; there are a hundred of them and more to a coarse one unless values are few.</summary>
    public static ValueDistribution Of(Histogram histogram, TensorScale scale)
    {
        var counts = new long[Bins];
        var width = (double)histogram.Maximum - histogram.Minimum;
        for (var bin = 0; bin < histogram.Counts.Length; bin++)
        {
            var middle = (histogram.Low(bin) + histogram.High(bin)) / 2;
            counts[width > 0 ? Math.Clamp((int)((middle - histogram.Minimum) / width * Bins), 0, Bins - 1) : 0] += histogram.Counts[bin];
        }
        // Rounding to the nearest level reaches half a step beyond the last one.
        var clipped = histogram.Outside(scale.Low - (scale.Scale / 2.0), scale.High + (scale.Scale / 2.0));
        double total = Math.Max(1, histogram.Total);
        return new(histogram.Minimum, histogram.Maximum, histogram.Zeros / total, clipped / total, [.. counts]);
    }
}
