using System.Collections.Immutable;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Quantization;

/// <summary>The quantized model in all its configurations. The seam between quantization and the accuracy-aware search (tests search over made-up models).</summary>
internal interface IModelVariants
{
    /// <summary>The groups that a search may revert, in graph order; <c>Groups[i].Id == i</c>.</summary>
    ImmutableArray<QuantizerGroup> Groups { get; }

    /// <summary>The groups that reverting changes: all of them where that means float.</summary>
    ImmutableArray<QuantizerGroup> Revertible => [.. Groups.Where(g => g.RevertsTo is not { } rung || RungsOf(g.Id).Contains(rung))];

    /// <summary>What a group can be between int8 and float, the one that keeps most of int8's speed first; empty when there is nothing. Float itself is always possible and not listed, unless groups revert to the last of their rungs (<see cref="QuantizerGroup.RevertsTo"/>).</summary>
    ImmutableArray<Rung> RungsOf(int group);

    /// <summary>
    /// The model under a configuration: exactly what would ship. Pure: the same configuration gives the same bytes on any thread.
    /// <see cref="Configuration.Float"/> gives the float model as prepared (its outputs equal the original's up to float rounding).
    /// </summary>
    SerializedModel Build(Configuration configuration);
}
