namespace QuantizeTasks.Quantization.Scaling;

/// <summary>The integers that a quantizer may use, as if they were signed: an unsigned type stores them shifted.</summary>
/// <param name="Low">The lowest; 0 or below.</param>
/// <param name="High">The highest; above 0.</param>
internal readonly record struct QuantizerLevels(int Low, int High)
{
    /// <summary>How many there are: POT's <c>levels</c>.</summary>
    public int Count => Math.Abs(High) + Math.Abs(Low) + 1;

    /// <summary>
    /// How many there are on each side of zero in a range that is symmetric around it. With an even count the side below zero has one more, which nothing uses
    /// (or, for activations, which widens the range below: see <see cref="QuantizerRange.Symmetric"/>).
    /// </summary>
    public int OnEachSide => (Count - 1) / 2;

    /// <summary>The same number of them around zero, when they are given as unsigned: 0 to 255 as -128 to 127.</summary>
    public QuantizerLevels Signed => Low < 0 ? this : new(-(Count / 2), Count - 1 - (Count / 2));

    /// <summary>All that a width holds, or what is given of them (POT: get_quantizer_levels in fake_quantize_configuration.py).</summary>
    /// <param name="bits">Width of the integers.</param>
    /// <param name="isNarrow">True for symmetric weights, which do without the lowest: -127 for 8 bits.</param>
    /// <param name="low">The lowest, when it is not that of the width.</param>
    /// <param name="high">The highest, when it is not that of the width.</param>
    public static QuantizerLevels Of(int bits, bool isNarrow = false, int? low = null, int? high = null) =>
        new(low ?? (isNarrow ? 1 : 0) - (1 << (bits - 1)), high ?? (1 << (bits - 1)) - 1);
}
