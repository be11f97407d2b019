using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>The names around the Q/DQ pair of one tensor.</summary>
/// <param name="Name">The tensor's name in the float model.</param>
/// <param name="IsIntegerProduct">True when an int8 kernel makes it.</param>
/// <param name="Source">The first source of its quantizer, which names the shared scale.</param>
/// <param name="Scale">Scale and zero point.</param>
internal sealed record QuantizedTensor(string Name, bool IsIntegerProduct, string Source, UInt8Scale Scale)
{
    /// <summary>What QuantizeLinear reads.</summary>
    public string Float => IsIntegerProduct ? $"{Name}/float" : Name;

    public string Quantized => $"{Name}/quantized";

    /// <summary>What DequantizeLinear writes.</summary>
    public string Dequantized => IsIntegerProduct ? Name : $"{Name}/dequantized";

    public string ScaleName => $"{Source}/scale";

    public string ZeroPointName => $"{Source}/zero_point";
}
