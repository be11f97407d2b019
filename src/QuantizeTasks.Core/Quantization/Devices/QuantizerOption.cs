namespace QuantizeTasks.Quantization.Devices;

/// <summary>Where zero lies in a quantizer's range.</summary>
internal enum QuantizerMode
{
    /// <summary>In the middle, or at the lower end of a tensor that is never negative.</summary>
    Symmetric,

    /// <summary>Wherever the values put it.</summary>
    Asymmetric,
}

/// <summary>What shares one scale.</summary>
internal enum QuantizerGranularity
{
    /// <summary>All of a tensor.</summary>
    PerTensor,

    /// <summary>Each channel.</summary>
    PerChannel,
}

/// <summary>
/// One way in which a device can quantize a tensor, an entry of a <see cref="QuantizerMenu"/>. What a manifest says under <c>weights</c> or <c>activations</c> chooses among the entries.
/// </summary>
/// <param name="Bits">Width of the stored integers: 8 or 16.</param>
/// <param name="Mode">Where zero lies.</param>
/// <param name="Granularity">What shares a scale.</param>
/// <param name="LevelLow">
/// The lowest stored integer, as if integers were signed; null for the lowest of the width. Symmetric 8-bit weights usually go from -127, so that the range is symmetric to the last level.
/// </param>
/// <param name="LevelHigh">The highest stored integer, as if integers were signed; null for the highest of the width.</param>
internal sealed record QuantizerOption(int Bits, QuantizerMode Mode, QuantizerGranularity Granularity, int? LevelLow = null, int? LevelHigh = null)
{
    /// <summary>
    /// True when activations of this kind are signed whatever their values: their zero point is 0 then, also when they are never negative.
    /// POT's mark for it is that both levels are given and the lowest is negative.
    /// </summary>
    public bool IsSigned => LevelLow < 0 && LevelHigh is not null;

    /// <summary>What is possible as well where this is: per tensor instead of per channel, symmetric instead of asymmetric, and both.</summary>
    public IEnumerable<QuantizerOption> Weaker
    {
        get
        {
            if (Granularity == QuantizerGranularity.PerChannel)
                yield return this with { Granularity = QuantizerGranularity.PerTensor };
            if (Mode == QuantizerMode.Asymmetric)
                yield return this with { Mode = QuantizerMode.Symmetric };
            if (Granularity == QuantizerGranularity.PerChannel && Mode == QuantizerMode.Asymmetric)
                yield return this with { Granularity = QuantizerGranularity.PerTensor, Mode = QuantizerMode.Symmetric };
        }
    }
}
