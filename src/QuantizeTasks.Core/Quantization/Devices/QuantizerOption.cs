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
/// <param name="LevelHigh">
/// The highest stored integer, as if integers were signed; null for the highest of the width. Activations whose levels are both given and go below zero are signed whatever their
/// values, so that their zero point is 0 in symmetric mode: POT's <c>signed</c>.
/// </param>
internal sealed record QuantizerOption(int Bits, QuantizerMode Mode, QuantizerGranularity Granularity, int? LevelLow = null, int? LevelHigh = null);
