namespace QuantizeTasks.Quantization.Placement;

/// <summary>What int8 means for an operator on the CPU.</summary>
internal enum OperatorKind
{
    /// <summary>A multiply-accumulate with constant weights: int8 in, int8 weights, and int8 or float out.</summary>
    Weighted,

    /// <summary>An int8 kernel without weights that rescales: int8 in, int8 out, each with a scale of its own.</summary>
    Rescaling,

    /// <summary>Moves or selects values, so it works on the stored integers and its output has its input's scale.</summary>
    Agnostic,

    /// <summary>Stays in float.</summary>
    Float,
}
