using System.Collections.Immutable;
using System.Globalization;

namespace QuantizeTasks;

/// <summary>One of several machines that share the work of a run.</summary>
/// <param name="Index">From 1.</param>
/// <param name="Count">How many there are.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>Reads <c>2/3</c>; null when the text is no shard.</summary>
    public static Shard? Parse(string text) =>
        text.Split('/') is [var index, var count] && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && i >= 1 && i <= n ? new Shard(i, n) : null;

    /// <summary>Its share: every <see cref="Count"/>th, so that shares differ by one at most and costs that rise or fall along the list are spread evenly.</summary>
    public ImmutableArray<T> Of<T>(IEnumerable<T> items) => [.. items.Where((_, i) => i % Count == Index - 1)];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
