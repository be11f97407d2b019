namespace QuantizeTasks.Quantization.Scaling;

/// <summary>How a float tensor is stored in uint8: <c>real = (stored - ZeroPoint) * Scale</c>.</summary>
/// <param name="Scale">Positive, finite, not denormal.</param>
/// <param name="ZeroPoint">The stored value of 0, which is always exact.</param>
internal readonly record struct UInt8Scale(float Scale, byte ZeroPoint)
{
    /// <summary>The smallest value that can be stored.</summary>
    public float Low => -ZeroPoint * Scale;

    /// <summary>The largest value that can be stored.</summary>
    public float High => (255 - ZeroPoint) * Scale;
}
