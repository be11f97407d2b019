using System.Collections.Immutable;

namespace QuantizeTasks.Data;

/// <summary>Some of the samples of a data set, as a data set of its own.</summary>
/// <param name="Whole">All samples.</param>
/// <param name="Indices">Those that are in it, ascending.</param>
internal sealed record SampleSelection(IDataLoader Whole, ImmutableArray<int> Indices) : IDataLoader
{
    /// <inheritdoc/>
    public int Count => Indices.Length;

    /// <inheritdoc/>
    public Sample Load(int index) => Whole.Load(Indices[index]);
}
