using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Manifest.Yaml;

/// <summary>Writes a tree as YAML that <see cref="YamlTree"/> reads back to the same values.</summary>
internal static partial class YamlText
{
    /// <summary>A mapping of single values is written in one line up to this length.</summary>
    private const int LongestLine = 100;

    /// <summary>The text of a tree.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="comment">What to say behind a key's single value, by the path of keys to it; null for nothing.</param>
    public static string Of(MappingNode root, Func<IReadOnlyList<string>, string?> comment)
    {
        var text = new StringBuilder();
        Mapping(text, root, [], indent: 0, comment);
        return text.ToString();
    }

    private static void Mapping(StringBuilder text, MappingNode mapping, IReadOnlyList<string> path, int indent, Func<IReadOnlyList<string>, string?> comment)
    {
        foreach (var (entry, index) in mapping.Entries.Select((e, i) => (e, i)))
        {
            // The first key of a list's entry stands behind its hyphen.
            if (index > 0 || text.Length == 0 || text[^1] == '\n')
                text.Append(' ', indent);
            IReadOnlyList<string> at = [.. path, entry.Key];
            text.Append(Scalar(entry.Key, isPlain: false)).Append(':');
            Value(text, entry.Value, at, indent, comment);
        }
    }

    private static void Value(StringBuilder text, ManifestNode value, IReadOnlyList<string> path, int indent, Func<IReadOnlyList<string>, string?> comment)
    {
        // A mapping that something is said about has keys that something is said about.
        if (Flow(value) is { } flow && flow.Length <= LongestLine && (value is ScalarNode || (path.Count > 1 && (value is not MappingNode || comment(path) is null))))
        {
            text.Append(CultureInfo.InvariantCulture, $" {flow}{(comment(path) is { } said ? $"    # {said}" : "")}\n");
            return;
        }
        text.Append('\n');
        if (value is MappingNode mapping)
        {
            Mapping(text, mapping, path, indent + 2, comment);
            return;
        }
        foreach (var item in ((ListNode)value).Items)
        {
            text.Append(' ', indent + 2).Append("- ");
            if (item is MappingNode entry && (entry.Entries.Length != 1 || Flow(entry.Entries[0].Value) is null))
                Mapping(text, entry, path, indent + 4, comment);
            else if (item is MappingNode single)
                text.Append(CultureInfo.InvariantCulture, $"{Scalar(single.Entries[0].Key, isPlain: false)}: {Flow(single.Entries[0].Value)}\n");
            else
                text.Append(CultureInfo.InvariantCulture, $"{Flow(item)}\n");
        }
    }

    /// <summary>A value in one line; null for what is nested too deeply to be read so.</summary>
    private static string? Flow(ManifestNode node, int depth = 0) => node switch
    {
        ScalarNode scalar => Scalar(scalar.Text, scalar.IsPlain),
        ListNode list when depth < 2 && list.Items.All(i => i is ScalarNode) => $"[{string.Join(", ", list.Items.Select(i => Flow(i, depth + 1)))}]",
        MappingNode mapping when depth == 0 && mapping.Entries.Length > 0 && mapping.Entries.All(e => e.Value is not MappingNode && Flow(e.Value, depth + 1) is not null) =>
            $"{{ {string.Join(", ", mapping.Entries.Select(e => $"{Scalar(e.Key, isPlain: false)}: {Flow(e.Value, depth + 1)}"))} }}",
        ListNode { Items.IsEmpty: true } => "[]",
        MappingNode { Entries.IsEmpty: true } => "{}",
        _ => null,
    };

    private static string Scalar(string text, bool isPlain)
    {
        // What was plain and is a number or a truth value has to stay one; what was text must not become one.
        var node = new ScalarNode(text, IsPlain: true, default);
        var isTyped = node.IsNull || ScalarFormat.Boolean(node) is not null || ScalarFormat.IsNumber(node);
        return isTyped == isPlain && isTyped || !isTyped && SafePlain().IsMatch(text) ? text : Quoted(text);
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' || char.IsSurrogate(c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        return quoted.Append('"').ToString();
    }

    /// <summary>Text that no YAML rule makes anything else of: it begins with a letter, a digit, '_', '.' or '/', and has no character with a meaning.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9_./][A-Za-z0-9_./@+-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex SafePlain();
}
