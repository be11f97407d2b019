using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>What could run in int8, before asking whether it pays.</summary>
/// <param name="Layers">In graph order.</param>
/// <param name="AgnosticOperators">In graph order.</param>
/// <param name="Reasons">Every other node, and why it cannot.</param>
internal sealed record Candidates(
    ImmutableArray<QuantizedLayer> Layers, ImmutableArray<AgnosticOperator> AgnosticOperators, ImmutableSortedDictionary<string, string> Reasons)
{
    /// <summary>What has an int8 kernel that takes and gives floats, in graph order.</summary>
    public ImmutableArray<StoredLayer> Dynamic { get; init; } = [];
}
