namespace QuantizeTasks.Quantization.Scaling;

/// <summary>
/// Symmetric int8 weights in [-127, 127] (255 levels, zero point 0), one scale per output channel or one for all.
/// The floors are POT's: no channel's range is below 1 % of the widest channel's, or below 8e-5.
/// </summary>
internal static class WeightScale
{
    private const int Largest = 127;
    private const double MinimalMagnitude = 8e-5;
    private const double SmallestShareOfWidest = 0.01;

    /// <summary>Scales from the largest absolute value of each channel.</summary>
    public static float[] FromMagnitudes(ReadOnlySpan<float> magnitudes)
    {
        var widest = 0f;
        foreach (var magnitude in magnitudes)
            widest = Math.Max(widest, magnitude);
        var floor = Math.Max(MinimalMagnitude, SmallestShareOfWidest * widest);
        var scales = new float[magnitudes.Length];
        for (var i = 0; i < scales.Length; i++)
            scales[i] = (float)(Math.Max(magnitudes[i], floor) / Largest);
        return scales;
    }

    /// <summary>The stored value: nearest, ties to even as QuantizeLinear rounds.</summary>
    public static sbyte Quantize(float weight, float scale) =>
        (sbyte)Math.Clamp(Math.Round((double)weight / scale, MidpointRounding.ToEven), -Largest, Largest);
}
