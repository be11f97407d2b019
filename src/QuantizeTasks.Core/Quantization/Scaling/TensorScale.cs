namespace QuantizeTasks.Quantization.Scaling;

/// <summary>How a float tensor is stored in integers: <c>real = (stored - ZeroPoint) * Scale</c>.</summary>
/// <param name="Type">The integers' type.</param>
/// <param name="Scale">Positive, finite, not denormal.</param>
/// <param name="ZeroPoint">The stored value of 0, which is always exact; within the type.</param>
internal readonly record struct TensorScale(QuantizedType Type, float Scale, int ZeroPoint)
{
    /// <summary>The smallest real value that can be stored.</summary>
    public float Low => (Type.Lowest() - ZeroPoint) * Scale;

    /// <summary>The largest real value that can be stored.</summary>
    public float High => (Type.Highest() - ZeroPoint) * Scale;
}
