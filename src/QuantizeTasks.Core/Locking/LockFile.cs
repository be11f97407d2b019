using System.Collections.Immutable;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Locking;

/// <summary>What <c>quantize.lock.json</c> says: the decisions that runs of one manifest came to, for source control.</summary>
/// <param name="Manifest">The manifest's file name.</param>
/// <param name="Entries">One a variant, in ordinal order of their names.</param>
internal sealed record LockFile(string Manifest, ImmutableArray<LockEntry> Entries)
{
    /// <summary>The version that this program reads and writes.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The same with an entry in the place of the one of its variant.</summary>
    public LockFile With(LockEntry entry) =>
        this with { Entries = [.. Entries.Where(e => e.Variant != entry.Variant).Append(entry).OrderBy(e => e.Variant, StringComparer.Ordinal)] };
}

/// <summary>What one run decided, from what, and what it measured.</summary>
internal sealed record LockEntry
{
    /// <summary>Names the build among several of one manifest whose options differ, such as a target framework; empty for the only one.</summary>
    public required string Variant { get; init; }

    /// <summary>The published model's path below the output directory, with forward slashes.</summary>
    public required string Output { get; init; }

    /// <summary>SHA-256 of the published model's own file.</summary>
    public required Located<string> Sha256 { get; init; }

    /// <summary>What was decided.</summary>
    public required LockedDecision Decision { get; init; }

    /// <summary>All that the decision depends on, by name: fingerprints, options, versions.</summary>
    public required ImmutableSortedDictionary<string, Located<string>> Inputs { get; init; }

    /// <summary>What was measured; for people and for comparison, never believed.</summary>
    public required ImmutableArray<LockedMetric> Metrics { get; init; }
}

/// <summary>A decision by names, so that it outlives a change of the model.</summary>
/// <param name="Settings">What the search changed in the manifest's settings, in the words of the report; empty for nothing.</param>
/// <param name="Groups">The state of each group by its name: <c>int8</c>, <c>float</c> or a rung's name.</param>
/// <param name="Int8">The operators that were chosen for int8 before accuracy had a say, in ordinal order.</param>
/// <param name="Preset">The preset of activations that the range estimator <c>auto</c> chose; null when nobody asked it.</param>
/// <param name="Estimator">The estimator that it chose.</param>
/// <param name="Scales">Identifies all scales and zero points.</param>
internal sealed record LockedDecision(string Settings, ImmutableSortedDictionary<string, string> Groups, ImmutableArray<string> Int8, string? Preset, string? Estimator, string Scales);

/// <summary>One metric of the published model; null for what is not finite or not asked for.</summary>
internal sealed record LockedMetric(string Name, double? Float, double? Int8, double? Drop, string DropType, double? Budget, long Samples);
