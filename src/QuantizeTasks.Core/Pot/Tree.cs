using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Builds parts of a manifest's tree. Each stands where the configuration says what it says.</summary>
internal static class Tree
{
    /// <summary>A mapping of the keys that have a value.</summary>
    public static MappingNode Mapping(SourcePosition position, params (string Key, ManifestNode? Value)[] entries) =>
        new([.. entries.Where(e => e.Value is not null).Select(e => new MappingEntry(e.Key, e.Value!.Position, e.Value))], position);

    public static ListNode List(SourcePosition position, IEnumerable<ManifestNode> items) => new([.. items], position);

    public static ScalarNode Text(SourcePosition position, string text) => new(text, IsPlain: false, position);

    public static ScalarNode Word(SourcePosition position, string word) => new(word, IsPlain: true, position);

    public static ScalarNode Number(SourcePosition position, double number) => new(number.ToString("R", CultureInfo.InvariantCulture), IsPlain: true, position);

    public static ScalarNode Flag(SourcePosition position, bool flag) => Word(position, flag ? "true" : "false");

    /// <summary>A preprocessing step, or anything else that is one key with one value.</summary>
    public static MappingNode Step(SourcePosition position, string name, ManifestNode value) => new([new MappingEntry(name, position, value)], position);
}
