using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>What storing a tensor in integers costs it.</summary>
internal static class RoundingError
{
    /// <summary>With more levels than this the error within the range is that of values spread evenly over a step: a twelfth of its square (Bennett 1948).</summary>
    private const int MostLevels = 1024;

    /// <summary>The sum over all values of the squared difference between a value and what is read back, by the very scale and zero point that will be written.</summary>
    public static double Squared(HistogramMoments values, TensorScale scale)
    {
        var (lowest, highest) = (scale.Type.Lowest(), scale.Type.Highest());
        double step = scale.Scale;
        if (highest - lowest >= MostLevels)
        {
            var (below, above) = (values.UpTo(scale.Low), values.All - values.UpTo(scale.High));
            return below.SquaredDistance(scale.Low) + above.SquaredDistance(scale.High) + ((values.All.Count - below.Count - above.Count) * step * step / 12);
        }
        var error = 0.0;
        var before = default(Moments);
        for (var level = lowest; level <= highest; level++)
        {
            var value = (level - scale.ZeroPoint) * step;
            // Half way to the next level; what lies beyond the last one is stored as it.
            var upTo = level == highest ? values.All : values.UpTo(value + (step / 2));
            error += (upTo - before).SquaredDistance(value);
            before = upTo;
        }
        return error;
    }
}
