using System.Collections.Frozen;
using System.Collections.Immutable;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>What the quantizers of a model come to under some settings.</summary>
/// <param name="Scales">One for each activation quantizer.</param>
/// <param name="Encoded">The constants of each layer with weights.</param>
internal sealed record QuantizedConstants(ImmutableArray<TensorScale> Scales, FrozenDictionary<string, EncodedLayer> Encoded);

/// <summary>The same under other settings, for the groups that are on a rung.</summary>
/// <param name="Rung">The rung.</param>
/// <param name="IsOther">For each activation quantizer, whether it works otherwise than on plain int8.</param>
/// <param name="OtherWeights">The layers whose weights are quantized otherwise.</param>
/// <param name="Constants">Computed when the first configuration needs them.</param>
internal sealed record AlternativeConstants(Rung Rung, ImmutableArray<bool> IsOther, FrozenSet<string> OtherWeights, Lazy<QuantizedConstants> Constants);
