namespace QuantizeTasks.Quantization.Devices;

/// <summary>What int8 means for an operator type on a device.</summary>
internal enum OperatorKind
{
    /// <summary>A multiply-accumulate with constant weights: int8 in, int8 weights, and int8 or float out.</summary>
    Weighted,

    /// <summary>An int8 kernel without weights that rescales: int8 in, int8 out, each with a scale of its own.</summary>
    Rescaling,

    /// <summary>Moves or selects values, so it works on the stored integers and its output has its input's scale.</summary>
    Agnostic,

    /// <summary>A kernel with int8 weights that takes and gives floats: it finds the range of what it reads anew in every run, so nothing is calibrated and nothing has to be converted around it.</summary>
    Dynamic,

    /// <summary>Stays in float.</summary>
    Float,
}

/// <summary>What a device does with an operator type.</summary>
/// <param name="Kind">What int8 means for it.</param>
/// <param name="Reason">Why it stays in float; "" for the other kinds.</param>
/// <param name="Activations">How what it reads can be quantized.</param>
/// <param name="Weights">How its constant operand can be quantized.</param>
/// <param name="Outputs">How what it writes can be quantized; that of whoever reads it where the device does not say.</param>
/// <param name="UnifiesScales">True when all of its activations must have one scale: POT's <c>scales: unified</c>.</param>
internal sealed record DeviceOperator(
    OperatorKind Kind, string Reason, QuantizerMenu Activations, QuantizerMenu Weights, QuantizerMenu? Outputs, bool UnifiesScales);
