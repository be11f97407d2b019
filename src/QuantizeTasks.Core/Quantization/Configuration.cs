using System.Collections.Immutable;

namespace QuantizeTasks.Quantization;

/// <summary>
/// A point of the search: which groups are in float, and which on a rung between int8 and float. The currency of ranking, search, cache, snapshots and report.
/// Two configurations that leave every group in the same state are equal, in whichever order they were made.
/// </summary>
public sealed record Configuration
{
    private Configuration(bool isFloat, ImmutableSortedSet<int> reverted, ImmutableSortedDictionary<int, Rung> rungs)
    {
        IsFloat = isFloat;
        Reverted = reverted;
        Rungs = rungs;
    }

    /// <summary>The float model as prepared: nothing quantized at all.</summary>
    public static Configuration Float { get; } = new(true, [], ImmutableSortedDictionary<int, Rung>.Empty);

    /// <summary>Everything that the placement allows is int8.</summary>
    public static Configuration FullyQuantized { get; } = new(false, [], ImmutableSortedDictionary<int, Rung>.Empty);

    /// <summary>True for <see cref="Float"/>.</summary>
    public bool IsFloat { get; }

    /// <summary>Ids of the groups that are in float.</summary>
    public ImmutableSortedSet<int> Reverted { get; }

    /// <summary>The groups that are neither in float nor plain int8, by id.</summary>
    public ImmutableSortedDictionary<int, Rung> Rungs { get; }

    /// <summary>How many groups are what reverting makes of them: in float, or on the top rung where there is no float.</summary>
    public int RevertedCount => Reverted.Count + Rungs.Values.Count(r => r.IsTop);

    /// <summary>How many groups are not plain int8.</summary>
    public int Changed => Reverted.Count + Rungs.Count;

    /// <summary>The same with one more group in float.</summary>
    public Configuration Revert(int group) => IsFloat ? this : new Configuration(false, Reverted.Add(group), Rungs.Remove(group));

    /// <summary>The same with several more groups in float.</summary>
    public Configuration Revert(IEnumerable<int> groups) => groups.Aggregate(this, (configuration, group) => configuration.Revert(group));

    /// <summary>The same with one more group reverted to whatever that means for it.</summary>
    public Configuration Revert(QuantizerGroup group) => group.RevertsTo is { } rung ? Put(group.Id, rung) : Revert(group.Id);

    /// <summary>The same with several more groups reverted.</summary>
    public Configuration Revert(IEnumerable<QuantizerGroup> groups) => groups.Aggregate(this, (configuration, group) => configuration.Revert(group));

    /// <summary>Whether a group is what reverting makes of it.</summary>
    public bool IsReverted(QuantizerGroup group) => Reverted.Contains(group.Id) || Rungs.GetValueOrDefault(group.Id) is { IsTop: true };

    /// <summary>The same with one group back in int8.</summary>
    public Configuration Restore(int group) => IsFloat ? this : new Configuration(false, Reverted.Remove(group), Rungs.Remove(group));

    /// <summary>The same with one group on a rung.</summary>
    public Configuration Put(int group, Rung rung) => IsFloat ? this : new Configuration(false, Reverted.Remove(group), Rungs.SetItem(group, rung));

    /// <summary>A stable text form, such as <c>int8 but 1,4=weights only,7</c>.</summary>
    public override string ToString() => IsFloat ? "float" : Changed == 0 ? "int8"
        : $"int8 but {string.Join(",", Reverted.Select(id => (id, $"{id}")).Concat(Rungs.Select(r => (id: r.Key, $"{r.Key}={r.Value}"))).OrderBy(p => p.id).Select(p => p.Item2))}";

    /// <inheritdoc/>
    public bool Equals(Configuration? other) => other is not null && IsFloat == other.IsFloat && Reverted.SetEquals(other.Reverted) && Rungs.SequenceEqual(other.Rungs);

    /// <inheritdoc/>
    public override int GetHashCode() => Rungs.Aggregate(Reverted.Aggregate(IsFloat ? 1 : 0, HashCode.Combine), (hash, rung) => HashCode.Combine(hash, rung.Key, rung.Value));
}
