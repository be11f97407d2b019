using System.Collections.Immutable;

namespace QuantizeTasks.Quantization;

/// <summary>
/// A point of the search: which groups are in float. The currency of ranking, search, cache, snapshots and report.
/// Two configurations with the same reverted groups are equal.
/// </summary>
public sealed record Configuration
{
    private Configuration(bool isFloat, ImmutableSortedSet<int> reverted)
    {
        IsFloat = isFloat;
        Reverted = reverted;
    }

    /// <summary>The float model as prepared: nothing quantized at all.</summary>
    public static Configuration Float { get; } = new(true, []);

    /// <summary>Everything that the placement allows is int8.</summary>
    public static Configuration FullyQuantized { get; } = new(false, []);

    /// <summary>True for <see cref="Float"/>.</summary>
    public bool IsFloat { get; }

    /// <summary>Ids of the groups that are in float.</summary>
    public ImmutableSortedSet<int> Reverted { get; }

    /// <summary>The same with one more group in float.</summary>
    public Configuration Revert(int group) => IsFloat ? this : new Configuration(false, Reverted.Add(group));

    /// <summary>The same with one group back in int8.</summary>
    public Configuration Restore(int group) => IsFloat ? this : new Configuration(false, Reverted.Remove(group));

    /// <summary>A stable text form.</summary>
    public override string ToString() => IsFloat ? "float" : Reverted.IsEmpty ? "int8" : $"int8 but {string.Join(",", Reverted)}";

    /// <inheritdoc/>
    public bool Equals(Configuration? other) => other is not null && IsFloat == other.IsFloat && Reverted.SetEquals(other.Reverted);

    /// <inheritdoc/>
    public override int GetHashCode() => Reverted.Aggregate(IsFloat ? 1 : 0, HashCode.Combine);
}
