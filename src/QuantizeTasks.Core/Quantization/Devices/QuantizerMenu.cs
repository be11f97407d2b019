using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>The ways in which a device can quantize one kind of tensor, fastest first and most accurate last, as POT's hardware configurations order them.</summary>
/// <param name="Options">At least one. Whoever can do one of them can do the weaker forms of it as well: per tensor instead of per channel, symmetric instead of asymmetric.</param>
internal sealed record QuantizerMenu(ImmutableArray<QuantizerOption> Options);
