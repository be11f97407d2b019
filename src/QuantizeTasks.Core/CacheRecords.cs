using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks;

/// <summary>What a store of finished work holds.</summary>
/// <param name="Directory">Its folder.</param>
/// <param name="Kinds">Its entries by what they are, in ordinal order.</param>
/// <param name="Damaged">Files in the place of entries that are none; they are never read.</param>
/// <param name="Oldest">When the entry that was used longest ago was used, to about an hour; null when there is none.</param>
/// <param name="Newest">The same of the entry that was used last.</param>
public sealed record CacheDescription(string Directory, ImmutableArray<CacheKind> Kinds, int Damaged, DateTimeOffset? Oldest, DateTimeOffset? Newest)
{
    /// <summary>How many entries there are.</summary>
    public int Entries => Kinds.Sum(k => k.Entries);

    /// <summary>Size of all entries.</summary>
    public long Bytes => Kinds.Sum(k => k.Bytes);
}

/// <summary>The entries of one kind.</summary>
/// <param name="Name">Such as <c>observations/2</c>: what, and the version of its format.</param>
/// <param name="Entries">How many.</param>
/// <param name="Bytes">Size of their files.</param>
public sealed record CacheKind(string Name, int Entries, long Bytes);

/// <summary>What came into a store from elsewhere.</summary>
/// <param name="Added">Entries that were new.</param>
/// <param name="Merged">Entries of which both sides knew something.</param>
/// <param name="Known">Entries that were there already.</param>
/// <param name="Refused">Why entries were refused, a sentence each.</param>
public sealed record CacheImport(int Added, int Merged, int Known, ImmutableArray<string> Refused)
{
    private const int Shown = 5;

    /// <summary>The first of what was refused, as diagnostics (QTZ6020), and how much more there is.</summary>
    public IEnumerable<Diagnostic> Problems(DiagnosticSeverity severity) =>
        Refused.Take(Shown).Concat(Refused.Length > Shown ? [string.Create(CultureInfo.InvariantCulture, $"And {Refused.Length - Shown} more entries were refused.")] : [])
            .Select(problem => new Diagnostic(DiagnosticCodes.CacheNotImported, severity, problem));
}
