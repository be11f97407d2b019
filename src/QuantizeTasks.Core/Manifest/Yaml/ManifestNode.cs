using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest.Yaml;

/// <summary>A part of a manifest's text, not yet interpreted.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Source">What set it instead of the manifest, such as <c>property QuantizeMaximalDrop</c>; null for the manifest itself.</param>
internal abstract record ManifestNode(SourcePosition Position, string? Source)
{
    /// <summary>How many nodes it is, itself and aliases' contents included.</summary>
    public abstract int Size { get; }

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value.</summary>
/// <param name="Text">The value without quotes and escapes.</param>
/// <param name="IsPlain">False when it was quoted or a block, so that it is text whatever it looks like.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Source">What set it instead of the manifest.</param>
internal sealed record ScalarNode(string Text, bool IsPlain, SourcePosition Position, string? Source = null) : ManifestNode(Position, Source)
{
    private const int LongestQuote = 60;

    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override int Size => 1;

    public override string Kind => IsNull ? "nothing" : IsPlain ? $"'{Shorten(Text)}'" : $"the quoted text \"{Shorten(Text)}\"";

    /// <summary>The start of a text in one line, whatever a manifest holds: messages are lines of a log.</summary>
    public static string Shorten(string text)
    {
        var line = string.Concat(text.Take(LongestQuote).Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
        return text.Length <= LongestQuote ? line : line + "...";
    }
}

/// <summary>A sequence of values.</summary>
internal sealed record ListNode(ImmutableArray<ManifestNode> Items, SourcePosition Position) : ManifestNode(Position, Source: null)
{
    public override int Size => 1 + Items.Sum(i => i.Size);

    public override string Kind => "a list";
}

/// <summary>Keys with values, in the written order; every key once.</summary>
internal sealed record MappingNode(ImmutableArray<MappingEntry> Entries, SourcePosition Position) : ManifestNode(Position, Source: null)
{
    public override int Size => 1 + Entries.Sum(e => 1 + e.Value.Size);

    public override string Kind => "a mapping";

    /// <summary>The value of a key; null when the key is not there.</summary>
    public ManifestNode? this[string key] => Entries.FirstOrDefault(e => e.Key == key)?.Value;

    /// <summary>This mapping with a key set to a value, in the key's place if it is there.</summary>
    public MappingNode With(string key, ManifestNode value)
    {
        var entry = Entries.FirstOrDefault(e => e.Key == key);
        return this with
        {
            Entries = entry is null ? Entries.Add(new MappingEntry(key, value.Position, value)) : Entries.Replace(entry, entry with { Value = value }),
        };
    }
}

/// <summary>One key of a mapping.</summary>
internal sealed record MappingEntry(string Key, SourcePosition Position, ManifestNode Value);
