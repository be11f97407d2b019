using System.Collections.Immutable;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>One scale and zero point for tensors that hold the same values, those on both sides of agnostic operators, and for those that an operator of unified scales reads.</summary>
/// <param name="Tensors">The tensors, in graph order.</param>
/// <param name="Sources">Those of them that no agnostic operator of the same quantizer makes from the others; their ranges decide the scale.</param>
/// <param name="Menu">How the device can quantize them for all of the operators that read them.</param>
internal sealed record ActivationQuantizer(ImmutableArray<string> Tensors, ImmutableArray<string> Sources, QuantizerMenu Menu);
