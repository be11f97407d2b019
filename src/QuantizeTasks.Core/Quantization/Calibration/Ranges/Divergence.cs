using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>
/// How much of a distribution's shape a range loses: the Kullback-Leibler divergence of the values, clipped to the range, from what their levels can tell of them (Migacz 2017, 8-bit inference
/// with TensorRT). What is beyond the range is clipped to its last bins in the first distribution but missing from the second, so that clipping costs; each level's share is spread over those of
/// its bins that hold values, so that coarse levels cost. The levels are the quantizer's own, and zeros, which are exact, are left out.
/// ONNX Runtime's calibrator of that name compares 128 bins with 128 levels, where only the whole range is left to choose.
/// </summary>
internal static class Divergence
{
    /// <summary>Stands for a share of nothing, so that a bin that only clipped values reach costs much and not infinitely much.</summary>
    private const double Trace = 1e-9;

    /// <summary>In nats.</summary>
    public static double Of(Histogram values, TensorScale scale)
    {
        var (first, last) = (Bin(values, scale.Low), Bin(values, scale.High));
        var reference = new double[last - first + 1];
        var (inside, total) = (0.0, 0.0);
        for (var bin = 0; bin < values.Counts.Length; bin++)
        {
            reference[Math.Clamp(bin, first, last) - first] += values.Counts[bin];
            total += values.Counts[bin];
            if (bin >= first && bin <= last)
                inside += values.Counts[bin];
        }
        if (total == 0 || inside == 0)
            return total == 0 ? 0 : double.PositiveInfinity;
        var divergence = 0.0;
        for (var from = first; from <= last;)
        {
            // The bins of one level.
            var level = Level(values, from, scale);
            var (to, count, filled) = (from, 0L, 0);
            for (; to <= last && Level(values, to, scale) == level; to++)
                (count, filled) = (count + values.Counts[to], filled + (values.Counts[to] > 0 ? 1 : 0));
            for (var bin = from; bin < to; bin++)
                if (reference[bin - first] > 0)
                {
                    var share = reference[bin - first] / total;
                    divergence += share * Math.Log(share / (values.Counts[bin] > 0 ? count / (double)filled / inside : Trace));
                }
            from = to;
        }
        return divergence;
    }

    private static int Bin(Histogram values, double value) =>
        (int)Math.Clamp(Math.Floor(value / values.Width) - values.First, 0, values.Counts.Length - 1);

    private static int Level(Histogram values, int bin, TensorScale scale) =>
        (int)Math.Clamp(Math.Round((values.Low(bin) + values.High(bin)) / 2 / scale.Scale) + scale.ZeroPoint, scale.Type.Lowest(), scale.Type.Highest());
}
