using System.Collections.Immutable;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>An operator that runs in int8, with the bias addition and the activation function that the runtime fuses into it.</summary>
internal sealed record QuantizedLayer
{
    /// <summary>The operator's node name.</summary>
    public required string Name { get; init; }

    /// <summary>The operator's type.</summary>
    public required string OperatorType { get; init; }

    /// <summary>The operator and what is fused into it, in graph order.</summary>
    public required ImmutableArray<string> Nodes { get; init; }

    /// <summary>The activations that it reads, in the operator's order, each once.</summary>
    public required ImmutableArray<string> Inputs { get; init; }

    /// <summary>The tensor that leaves the operator itself, before what is fused into it.</summary>
    public string Product { get; init; } = "";

    /// <summary>The tensor that leaves the last of <see cref="Nodes"/>.</summary>
    public required string Output { get; init; }

    /// <summary>The constant operand; null for an operator without one.</summary>
    public LayerWeights? Weights { get; init; }

    /// <summary>Settings of its own for the constant operand, over those of all weights; null without.</summary>
    public QuantizerSettings? OwnWeights { get; init; }

    /// <summary>True when the device takes biases in float only.</summary>
    public bool KeepsFloatBias { get; init; }

    /// <summary>True when the int8 kernel adds the bias to its 32-bit sums, so that it is stored as int32; false where an Add node adds floats.</summary>
    public bool HasIntegerBias => !KeepsFloatBias && Weights is { } weights && (weights.BiasNode is null || weights.BiasNode == Name || weights.IsGemm);

    /// <summary>
    /// True when the int8 kernel gives integers, so that without a quantizer on its output the runtime computes in float.
    /// MatMul and Gemm have kernels that give floats as well, unless an activation function follows a Gemm.
    /// </summary>
    public required bool NeedsQuantizedOutput { get; init; }

    /// <summary>The parameters as they hold for its weights.</summary>
    public DefaultQuantizationParameters Refine(DefaultQuantizationParameters parameters) => OwnWeights is null ? parameters : parameters with { Weights = OwnWeights.Over(parameters.Weights) };
}
