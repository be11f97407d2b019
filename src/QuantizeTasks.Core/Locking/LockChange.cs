using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Locking;

/// <summary>One thing that is not as the lock file says.</summary>
/// <param name="Name">What, such as <c>compression.accuracy.maximal_drop</c>.</param>
/// <param name="Old">The lock file's value; null where it has none.</param>
/// <param name="New">The value now; null where there is none any more.</param>
internal sealed record LockChange(string Name, Located<string>? Old, Located<string>? New)
{
    /// <summary>What differs between machines without anybody having changed anything. It asks for a new evaluation, not for a new decision.</summary>
    private static readonly ImmutableArray<string> Machine = ["runtime.isa", "runtime.platform"];

    public bool IsMachine => Machine.Contains(Name);

    /// <summary>In words: name, old value with its line in the lock file, new value and what gave it.</summary>
    public string Text =>
        $"{Name}: {Show(Old)}{(Old is { Position.Line: > 0 and var line } ? $" (line {line} of the lock file)" : "")} -> {Show(New)}{(New?.Source is { } source ? $" ({source})" : "")}";

    /// <summary>Where it was changed, as far as that is known: the manifest's line, or what overrides it; otherwise the lock file's.</summary>
    public SourcePosition? Position => New is { Position.File.Length: > 0 } ? New.Position : Old?.Position;

    /// <summary>All that differs, in ordinal order of the names.</summary>
    public static ImmutableArray<LockChange> Between(ImmutableSortedDictionary<string, Located<string>> old, ImmutableSortedDictionary<string, Located<string>> now) =>
    [
        .. old.Keys.Union(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => new LockChange(name, old.GetValueOrDefault(name), now.GetValueOrDefault(name))).Where(c => c.Old?.Value != c.New?.Value),
    ];

    private static string Show(Located<string>? value) => value is null ? "nothing" : value.Value.Length > 200 ? $"'{value.Value[..200]}...'" : $"'{value.Value}'";
}
