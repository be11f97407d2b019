namespace QuantizeTasks.Quantization.Scaling;

/// <summary>
/// The interval of real values that 256 levels are spread over. The rules are those of POT's MinMaxQuantization
/// (openvino/tools/pot/algorithms/quantization/minmax and fake_quantize.py); the integer zero point that ONNX has makes zero exact in every case.
/// </summary>
internal readonly record struct ActivationRange(double Low, double High)
{
    private const int Levels = 256;

    /// <summary>The narrowest magnitude of a symmetric range.</summary>
    private const double MinimalMagnitude = 8e-5;

    /// <summary>The narrowest width of an asymmetric range.</summary>
    private const double MinimalWidth = 8e-4;

    /// <summary>
    /// [0, M] for a tensor that was never negative, else [-M * 128/127, M], whose scale is M/127 and whose zero point in uint8 is 128.
    /// </summary>
    /// <param name="magnitude">The largest absolute value, M.</param>
    /// <param name="isNonNegative">True when no value was below 0: the sign bit is then spent on resolution.</param>
    public static ActivationRange Symmetric(double magnitude, bool isNonNegative)
    {
        magnitude = Math.Max(magnitude, MinimalMagnitude);
        return isNonNegative ? new(0, magnitude) : new(-magnitude * (Levels / 2) / ((Levels / 2) - 1), magnitude);
    }

    /// <summary>The range of the values, made to include zero and widened until zero falls on a level.</summary>
    public static ActivationRange Asymmetric(double low, double high)
    {
        if (high - low <= MinimalWidth)
        {
            low -= MinimalWidth;
            high += MinimalWidth;
        }
        low = Math.Min(low, 0);
        high = Math.Max(high, 0);
        const int last = Levels - 1;
        var zero = Math.Round(-low * last / (high - low), MidpointRounding.ToEven);
        var loweredLow = zero < last ? zero / (zero - last) * high : low;
        var raisedHigh = zero > 0 ? (zero - last) / zero * low : high;
        return high - loweredLow >= raisedHigh - low ? new(loweredLow, high) : new(low, raisedHigh);
    }

    /// <summary>Scale and zero point in uint8.</summary>
    public TensorScale ToUInt8()
    {
        var scale = (float)((High - Low) / (Levels - 1));
        // ONNX Runtime drops a Clip only when the quantizer's range lies within the Clip's, so rounding must not push it above the largest value seen.
        if (Low == 0 && scale * (Levels - 1) > (float)High)
            scale = MathF.BitDecrement(scale);
        return new(QuantizedType.UInt8, scale, (int)Math.Clamp(Math.Round(-Low / scale, MidpointRounding.ToEven), 0, Levels - 1));
    }
}
