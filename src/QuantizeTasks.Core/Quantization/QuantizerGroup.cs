using System.Collections.Immutable;

namespace QuantizeTasks.Quantization;

/// <summary>
/// Quantizers that can only go to float together, so that no operator is left with some inputs quantized and others not
/// (the reversible group of POT, <c>accuracy_aware_common</c>).
/// </summary>
/// <param name="Id">Position in <see cref="IModelVariants.Groups"/>; stable for a given model and scheme.</param>
/// <param name="Name">The name of its first layer in graph order; unique among groups, and the tie-break wherever order matters.</param>
/// <param name="Layers">Names of the quantizable operators that change when the group is reverted, in graph order.</param>
public sealed record QuantizerGroup(int Id, string Name, ImmutableArray<string> Layers)
{
    /// <summary>What reverting it means: null for float; otherwise the last of its rungs, on a device that has no float.</summary>
    public Rung? RevertsTo { get; init; }

    /// <summary>How many picoseconds of one run int8 is predicted to save in its layers by themselves, not counting conversions around them; only ratios mean something. Negative where int8 is slower.</summary>
    public long PredictedSaving { get; init; }
}
