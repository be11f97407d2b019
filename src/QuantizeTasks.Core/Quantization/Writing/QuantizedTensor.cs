using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>The names around the Q/DQ pair of one tensor.</summary>
internal sealed class QuantizedTensor
{
    /// <param name="name">The tensor's name in the float model.</param>
    /// <param name="isIntegerProduct">True when an int8 kernel makes it.</param>
    /// <param name="source">The first source of its quantizer, which names the shared scale.</param>
    /// <param name="scale">Scale and zero point.</param>
    /// <param name="names">Makes the other names.</param>
    public QuantizedTensor(string name, bool isIntegerProduct, string source, TensorScale scale, TensorNames names)
    {
        Name = name;
        IsIntegerProduct = isIntegerProduct;
        Scale = scale;
        Float = isIntegerProduct ? names.Derive(name, "float") : name;
        Quantized = names.Derive(name, "quantized");
        Dequantized = isIntegerProduct ? name : names.Derive(name, "dequantized");
        ScaleName = names.Derive(source, "scale");
        ZeroPointName = names.Derive(source, "zero_point");
    }

    /// <summary>The tensor's name in the float model.</summary>
    public string Name { get; }

    /// <summary>True when an int8 kernel makes it; what everybody reads under its name is then the dequantized value.</summary>
    public bool IsIntegerProduct { get; }

    /// <summary>Scale and zero point.</summary>
    public TensorScale Scale { get; }

    /// <summary>What QuantizeLinear reads.</summary>
    public string Float { get; }

    /// <summary>The stored integers.</summary>
    public string Quantized { get; }

    /// <summary>What DequantizeLinear writes.</summary>
    public string Dequantized { get; }

    /// <summary>The initializer of the scale.</summary>
    public string ScaleName { get; }

    /// <summary>The initializer of the zero point.</summary>
    public string ZeroPointName { get; }
}
