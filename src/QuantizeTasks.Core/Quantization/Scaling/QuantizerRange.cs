namespace QuantizeTasks.Quantization.Scaling;

/// <summary>
/// The interval of real values that a quantizer's levels are spread over. The rules are those of POT's MinMaxQuantization
/// (openvino/tools/pot/algorithms/quantization/minmax and fake_quantize.py); the integer zero point that ONNX has makes zero exact in every case.
/// </summary>
/// <param name="Low">The lower border; 0 or below.</param>
/// <param name="High">The upper border; 0 or above.</param>
/// <param name="Levels">How many levels there are.</param>
internal readonly record struct QuantizerRange(double Low, double High, int Levels)
{
    /// <summary>Levels of eight bits.</summary>
    public const int Byte = 256;

    /// <summary>The narrowest magnitude of a symmetric range.</summary>
    private const double MinimalMagnitude = 8e-5;

    /// <summary>The narrowest width of an asymmetric range.</summary>
    private const double MinimalWidth = 8e-4;

    /// <summary>
    /// [0, M] for a tensor that was never negative, else [-M * L / (L - 2), M], whose scale is M / (L / 2 - 1) and whose zero point is in the middle: for 8 bits M/127, and 128 in uint8.
    /// </summary>
    /// <param name="magnitude">The largest absolute value, M.</param>
    /// <param name="isNonNegative">True when no value was below 0: the sign bit is then spent on resolution.</param>
    /// <param name="levels">L, a power of two.</param>
    public static QuantizerRange Symmetric(double magnitude, bool isNonNegative, int levels = Byte)
    {
        magnitude = Math.Max(magnitude, MinimalMagnitude);
        return new(isNonNegative ? 0 : -magnitude * (levels / 2) / ((levels / 2) - 1), magnitude, levels);
    }

    /// <summary>The range of the values, made to include zero and widened until zero falls on a level.</summary>
    public static QuantizerRange Asymmetric(double low, double high, int levels = Byte)
    {
        if (high - low <= MinimalWidth)
        {
            low -= MinimalWidth;
            high += MinimalWidth;
        }
        low = Math.Min(low, 0);
        high = Math.Max(high, 0);
        var last = levels - 1;
        var zero = Math.Round(-low * last / (high - low), MidpointRounding.ToEven);
        var loweredLow = zero < last ? zero / (zero - last) * high : low;
        var raisedHigh = zero > 0 ? (zero - last) / zero * low : high;
        return high - loweredLow >= raisedHigh - low ? new(loweredLow, high, levels) : new(low, raisedHigh, levels);
    }

    /// <summary>Scale and zero point in a type that has all the levels.</summary>
    public TensorScale ToScale(QuantizedType type)
    {
        var last = Levels - 1;
        var scale = (float)((High - Low) / last);
        // ONNX Runtime drops a Clip only when the quantizer's range lies within the Clip's, so rounding must not push it above the largest value seen.
        if (Low == 0 && scale * last > (float)High)
            scale = MathF.BitDecrement(scale);
        return new(type, scale, type.Lowest() + (int)Math.Clamp(Math.Round(-Low / scale, MidpointRounding.ToEven), 0, last));
    }
}
