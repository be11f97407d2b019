using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest.Json;

/// <summary>
/// Builds the tree of a JSON text, keeping line and column of every node. Comments and trailing commas are allowed, as in the files of the Post-training Optimization Tool.
/// The same bounds hold as for YAML, and a key that is given twice is an error.
/// </summary>
internal static class JsonTree
{
    /// <summary>Parses a text.</summary>
    /// <param name="file">The file that positions name.</param>
    /// <param name="text">The JSON.</param>
    /// <exception cref="QuantizeException">The text is not one JSON object within <see cref="YamlLimits"/> (QTZ1002), or a key occurs twice (QTZ1008).</exception>
    public static MappingNode Parse(string file, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = YamlLimits.Depth });
        var places = new Places(file, bytes);
        try
        {
            reader.Read();
            var nodes = 0;
            var start = reader.TokenStartIndex;
            var root = Node(ref reader, places, ref nodes);
            if (reader.Read())
                throw Error("Something follows the end of the JSON object.", places.At(reader.TokenStartIndex));
            return root as MappingNode ?? throw Error($"A configuration is a JSON object, but this is {root.Kind}.", places.At(start));
        }
        catch (JsonException e)
        {
            var position = e.LineNumber is { } line ? places.At((int)line, (int)(e.BytePositionInLine ?? 0)) : new SourcePosition(file);
            throw new QuantizeException(DiagnosticCodes.ManifestSyntax, $"This is not valid JSON: {JsonReason.Of(e)}", position, e);
        }
    }

    private static ManifestNode Node(ref Utf8JsonReader reader, Places places, ref int nodes)
    {
        var position = places.At(reader.TokenStartIndex);
        if (++nodes > YamlLimits.Nodes)
            throw Error($"The configuration has more than {YamlLimits.Nodes} values.", position);
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => Mapping(ref reader, places, ref nodes, position),
            JsonTokenType.StartArray => List(ref reader, places, ref nodes, position),
            JsonTokenType.String => new ScalarNode(Text(ref reader, position), IsPlain: false, position),
            _ => new ScalarNode(Encoding.UTF8.GetString(reader.ValueSpan), IsPlain: true, position),
        };
    }

    private static ListNode List(ref Utf8JsonReader reader, Places places, ref int nodes, SourcePosition position)
    {
        var items = ImmutableArray.CreateBuilder<ManifestNode>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(Node(ref reader, places, ref nodes));
        return new ListNode(items.ToImmutable(), position);
    }

    private static MappingNode Mapping(ref Utf8JsonReader reader, Places places, ref int nodes, SourcePosition position)
    {
        var entries = ImmutableArray.CreateBuilder<MappingEntry>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var at = places.At(reader.TokenStartIndex);
            var key = Text(ref reader, at);
            if (!seen.TryAdd(key, at.Line))
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys, $"The key '{ScalarNode.Shorten(key)}' is given twice; it stands in line {seen[key]} already. Remove one of them.", at);
            nodes++;
            reader.Read();
            entries.Add(new MappingEntry(key, at, Node(ref reader, places, ref nodes)));
        }
        return new MappingNode(entries.ToImmutable(), position);
    }

    private static string Text(ref Utf8JsonReader reader, SourcePosition position)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escape that is half of a surrogate pair.
            throw new QuantizeException(DiagnosticCodes.ManifestSyntax, "This text is not valid Unicode.", position, e);
        }
    }

    private static QuantizeException Error(string message, SourcePosition at) => new(DiagnosticCodes.ManifestSyntax, message, at);

    /// <summary>Lines and columns of byte offsets.</summary>
    private sealed class Places
    {
        private readonly string _file;
        private readonly byte[] _bytes;
        private readonly List<int> _lines = [0];

        public Places(string file, byte[] bytes)
        {
            (_file, _bytes) = (file, bytes);
            for (var i = 0; i < bytes.Length; i++)
                if (bytes[i] == '\n')
                    _lines.Add(i + 1);
        }

        public SourcePosition At(long offset)
        {
            var found = _lines.BinarySearch((int)offset);
            var line = found < 0 ? ~found - 1 : found;
            return At(line, (int)offset - _lines[line]);
        }

        public SourcePosition At(int line, int bytes)
        {
            var start = _lines[Math.Clamp(line, 0, _lines.Count - 1)];
            return new SourcePosition(_file, line + 1, 1 + Encoding.UTF8.GetCharCount(_bytes, start, Math.Clamp(bytes, 0, _bytes.Length - start)));
        }
    }
}
