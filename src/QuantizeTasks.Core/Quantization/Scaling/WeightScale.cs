namespace QuantizeTasks.Quantization.Scaling;

/// <summary>
/// Scales of weights: one for each output channel or one for all. The rules are POT's (openvino/tools/pot/algorithms/quantization/minmax and fake_quantize.py), where
/// symmetric 8-bit weights are in [-127, 127].
/// </summary>
internal static class WeightScale
{
    private const double MinimalMagnitude = 8e-5;
    private const double SmallestShareOfWidest = 0.01;

    /// <summary>Scales of ranges that are symmetric around zero; no channel's range is below 1 % of the widest channel's, or below 8e-5.</summary>
    /// <param name="magnitudes">The largest absolute value of each channel.</param>
    /// <param name="levels">The integers to use.</param>
    public static TensorScale[] Symmetric(ReadOnlySpan<float> magnitudes, QuantizerLevels levels)
    {
        var widest = 0f;
        foreach (var magnitude in magnitudes)
            widest = Math.Max(widest, magnitude);
        var floor = Math.Max(MinimalMagnitude, SmallestShareOfWidest * widest);
        var scales = new TensorScale[magnitudes.Length];
        for (var i = 0; i < scales.Length; i++)
            scales[i] = new(TypeOf(levels), (float)(Math.Max(magnitudes[i], floor) / levels.OnEachSide), 0);
        return scales;
    }

    /// <summary>Scales and zero points of the ranges that the values have, each made to include zero exactly.</summary>
    /// <param name="ranges">The smallest and the largest value of each channel.</param>
    /// <param name="levels">The integers to use.</param>
    public static TensorScale[] Asymmetric(ReadOnlySpan<(float Low, float High)> ranges, QuantizerLevels levels)
    {
        var scales = new TensorScale[ranges.Length];
        for (var i = 0; i < scales.Length; i++)
        {
            var scale = QuantizerRange.Asymmetric(ranges[i].Low, ranges[i].High, levels.Count).ToScale(TypeOf(levels));
            scales[i] = scale with { ZeroPoint = scale.ZeroPoint - scale.Type.Lowest() + levels.Low };
        }
        return scales;
    }

    /// <summary>
    /// The scale that spreads the same weights over half of the integers: [-64, 64] instead of [-127, 127]. Two products with bytes then fit 16 bits, 2 * 64 * 255 = 32640.
    /// POT halves the weights and doubles what they stand for (<c>saturation_fix</c>); that is a doubled scale.
    /// </summary>
    public static TensorScale HalfRange(TensorScale scale) => scale with { Scale = scale.Scale * 2 };

    /// <summary>The stored value: nearest, ties to even as QuantizeLinear rounds.</summary>
    public static int Quantize(float weight, TensorScale scale, QuantizerLevels levels) =>
        (int)Math.Clamp(Math.Round((double)weight / scale.Scale, MidpointRounding.ToEven) + scale.ZeroPoint, levels.Low, levels.High);

    private static QuantizedType TypeOf(QuantizerLevels levels) => levels is { Low: >= sbyte.MinValue, High: <= sbyte.MaxValue } ? QuantizedType.Int8 : QuantizedType.Int16;
}
