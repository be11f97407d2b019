namespace QuantizeTasks.Quantization.Scaling;

/// <summary>What an activation's range has to look like.</summary>
/// <param name="IsSymmetric">True for a range that is symmetric around zero, or begins there when nothing is negative.</param>
/// <param name="Type">The integers that it is stored in.</param>
/// <param name="Levels">How many levels it has.</param>
/// <param name="IsSigned">True for a symmetric range that is symmetric even when nothing is negative.</param>
internal readonly record struct RangeForm(bool IsSymmetric, QuantizedType Type = QuantizedType.UInt8, int Levels = QuantizerRange.Byte, bool IsSigned = false)
{
    /// <summary>The range with these borders; of a symmetric one <paramref name="high"/> is the magnitude.</summary>
    /// <param name="low">The lower border; of a symmetric range only its sign matters.</param>
    /// <param name="high">The upper border.</param>
    public QuantizerRange Of(double low, double high) =>
        IsSymmetric ? QuantizerRange.Symmetric(high, !IsSigned && low >= 0, Levels) : QuantizerRange.Asymmetric(low, high, Levels);
}
