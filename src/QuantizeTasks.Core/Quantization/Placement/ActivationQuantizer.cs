using System.Collections.Immutable;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>One scale and zero point for tensors that hold the same values, those on both sides of agnostic operators, and for those that an operator of unified scales reads.</summary>
/// <param name="Tensors">The tensors, in graph order.</param>
/// <param name="Sources">Those of them that no agnostic operator of the same quantizer makes from the others; their ranges decide the scale.</param>
internal sealed record ActivationQuantizer(ImmutableArray<string> Tensors, ImmutableArray<string> Sources)
{
    /// <summary>Settings of its own, over those of all activations; null without.</summary>
    public QuantizerSettings? Own { get; init; }

    /// <summary>The parameters as they hold for this quantizer.</summary>
    public DefaultQuantizationParameters Refine(DefaultQuantizationParameters parameters) => Own is null ? parameters : parameters with { Activations = Own.Over(parameters.Activations) };
}
