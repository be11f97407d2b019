using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Reads the keys of one mapping, each with its type. What nobody asked for is an error at the end, so that nothing is left out by oversight.</summary>
internal sealed class KeyReader(MappingNode node, string path, Translation translation)
{
    private readonly SortedSet<string> _asked = new(StringComparer.Ordinal);

    public MappingNode Node => node;

    /// <summary>Where it is, for messages.</summary>
    public string Path => path;

    public bool Has(string key) => node[key] is not (null or ScalarNode { IsNull: true });

    /// <summary>The value of a key; null when it is absent or null.</summary>
    public ManifestNode? Take(string key)
    {
        _asked.Add(key);
        return Has(key) ? node[key] : null;
    }

    public Located<string>? Text(string key) => Typed(key, "a text", n => n is ScalarNode { Text.Length: > 0 } scalar && !scalar.Text.Any(char.IsControl) ? scalar.Locate(scalar.Text) : null);

    /// <summary>A text that must be there.</summary>
    public Located<string>? RequiredText(string key)
    {
        if (!Has(key))
            translation.Errors.Add(DiagnosticCodes.MissingKey, node, $"'{path}.{key}' is missing.");
        return Text(key);
    }

    public Located<double>? Number(string key) => Typed(key, "a finite number", n => n is ScalarNode scalar && ScalarFormat.Number(scalar) is { } number && double.IsFinite(number) ? scalar.Locate(number) : null);

    /// <summary>A whole number from <paramref name="minimum"/>.</summary>
    public Located<int>? Whole(string key, int minimum) =>
        Typed(key, $"a whole number from {minimum}", n => n is ScalarNode scalar && scalar.Whole() is { } number && number >= minimum ? scalar.Locate(number) : null);

    public bool? Flag(string key) => Typed(key, "true or false", n => n is ScalarNode scalar && ScalarFormat.Boolean(scalar) is { } flag ? scalar.Locate(flag) : null)?.Value;

    public MappingNode? Mapping(string key) => Typed(key, "a mapping", n => n as MappingNode);

    public ImmutableArray<ManifestNode> List(string key) => Typed(key, "a list", n => n as ListNode)?.Items ?? [];

    /// <summary>One of some words, in any case.</summary>
    public string? OneOf(string key, params string[] words)
    {
        if (Text(key) is not { } text)
            return null;
        if (words.FirstOrDefault(w => w.Equals(text.Value, StringComparison.OrdinalIgnoreCase)) is { } word)
            return word;
        translation.Errors.Add(DiagnosticCodes.PotKeyUnsupported, text, $"'{path}.{key}' is '{ScalarNode.Shorten(text.Value)}'; supported: {string.Join(", ", words)}.{DidYouMean.Hint(text.Value, words)}");
        return null;
    }

    /// <summary>Numbers as a list, as one number, or as text with commas.</summary>
    public ImmutableArray<Located<double>> Numbers(string key) => Take(key) switch
    {
        null => [],
        ListNode list when list.Items.All(i => i is ScalarNode s && ScalarFormat.Number(s) is { } n && double.IsFinite(n)) => [.. list.Items.Select(i => i.Locate(ScalarFormat.Number((ScalarNode)i)!.Value))],
        ScalarNode scalar when Split(scalar) is { IsEmpty: false } numbers => numbers,
        { } other => Wrong(key, other, "a number or a list of numbers"),
    };

    /// <summary>Leaves a key out that changes no result, and says so.</summary>
    public void Leave(string reason, params string[] keys)
    {
        foreach (var key in keys)
            if (Take(key) is not null)
                translation.Leave($"{path}.{key}: {reason}");
    }

    /// <summary>Accepts a key only with the value that asks for nothing.</summary>
    public void Only(string key, string value, string why)
    {
        if (Take(key) is { } given && (given as ScalarNode)?.Text.Equals(value, StringComparison.OrdinalIgnoreCase) != true)
            translation.Unsupported(given, $"'{path}.{key}' is {given.Kind}; only {value} is supported: {why}.");
    }

    /// <summary>Ends the reading.</summary>
    public void Finish()
    {
        foreach (var entry in node.Entries.Where(e => !_asked.Contains(e.Key)))
            translation.Errors.Add(DiagnosticCodes.PotKeyUnsupported, entry.Position, null,
                $"The key '{ScalarNode.Shorten(entry.Key)}' in '{path}' is not supported.{DidYouMean.Hint(entry.Key, _asked)} Supported: {string.Join(", ", _asked)}.");
    }

    private T? Typed<T>(string key, string expected, Func<ManifestNode, T?> read)
        where T : class
    {
        if (Take(key) is not { } given)
            return null;
        var value = read(given);
        if (value is null)
            translation.Errors.Add(DiagnosticCodes.WrongType, given, $"'{path}.{key}' must be {expected}, but is {given.Kind}.");
        return value;
    }

    private ImmutableArray<Located<double>> Wrong(string key, ManifestNode given, string expected)
    {
        translation.Errors.Add(DiagnosticCodes.WrongType, given, $"'{path}.{key}' must be {expected}, but is {given.Kind}.");
        return [];
    }

    private static ImmutableArray<Located<double>> Split(ScalarNode scalar)
    {
        var parts = scalar.Text.Trim().TrimStart('[', '(').TrimEnd(']', ')').Split(',', StringSplitOptions.TrimEntries);
        var numbers = parts.Select(p => ScalarFormat.Number(new ScalarNode(p, IsPlain: true, scalar.Position))).ToArray();
        return numbers.All(n => n is { } number && double.IsFinite(number)) ? [.. numbers.Select(n => scalar.Locate(n!.Value))] : [];
    }
}
