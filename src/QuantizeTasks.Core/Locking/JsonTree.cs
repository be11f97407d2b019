using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Locking;

/// <summary>JSON in which every value knows its line and column. People edit and merge lock files, so what is wrong must be found.</summary>
internal sealed class JsonTree
{
    private readonly SortedDictionary<string, JsonTree>? _members;
    private readonly List<JsonTree>? _items;
    private readonly object? _scalar;

    private JsonTree(SourcePosition position, object? value)
    {
        Position = position;
        (_members, _items) = (value as SortedDictionary<string, JsonTree>, value as List<JsonTree>);
        _scalar = _members is null && _items is null ? value : null;
    }

    public SourcePosition Position { get; }

    /// <summary>The items of an array.</summary>
    public IReadOnlyList<JsonTree> Items => _items ?? throw Wrong("a list");

    /// <summary>The members of an object whose names are free, in ordinal order.</summary>
    public IEnumerable<KeyValuePair<string, JsonTree>> Members => _members ?? throw Wrong("an object");

    public string Text => _scalar as string ?? throw Wrong("a text");

    public string? OptionalText => IsNull ? null : Text;

    public Located<string> LocatedText => new(Text, Position);

    public long WholeNumber => _scalar is double and >= 0 and < long.MaxValue && (long)(double)_scalar == (double)_scalar ? (long)(double)_scalar : throw Wrong("a whole number from 0");

    public double? OptionalNumber => IsNull ? null : _scalar is double number ? number : throw Wrong("a number or null");

    private bool IsNull => _members is null && _items is null && _scalar is null;

    /// <summary>A member that must be there.</summary>
    public JsonTree this[string name] => (_members ?? throw Wrong("an object")).GetValueOrDefault(name) ?? throw LockFileErrors.Damaged($"'{name}' is missing here", Position);

    /// <summary>Checks that an object has no other members: what is not understood must not be passed over.</summary>
    public JsonTree Only(params string[] names) =>
        Members.FirstOrDefault(m => !names.Contains(m.Key)) is { Value: { } unknown } other ? throw LockFileErrors.Damaged($"'{other.Key}' is unknown here", unknown.Position) : this;

    /// <exception cref="QuantizeException">The text is not one JSON value, or an object has two members of one name.</exception>
    public static JsonTree Parse(string path, ReadOnlySpan<byte> text)
    {
        var preamble = Encoding.UTF8.Preamble;
        var json = text.StartsWith(preamble) ? text[preamble.Length..] : text;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        var place = new Place(path);
        try
        {
            reader.Read();
            var tree = Read(ref reader, json, ref place);
            reader.Read();
            return tree;
        }
        catch (JsonException e)
        {
            var line = (int)(e.LineNumber ?? 0);
            throw LockFileErrors.Damaged(HasConflictMark(json, line) ? "it has a merge conflict that nobody has resolved" : "it is not JSON", new SourcePosition(path, line + 1, (int)(e.BytePositionInLine ?? 0) + 1));
        }
        catch (InvalidOperationException)
        {
            throw LockFileErrors.Damaged("a text in it is not UTF-8", place.At(json, reader.TokenStartIndex));
        }
    }

    private static JsonTree Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref Place place)
    {
        var position = place.At(json, reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new SortedDictionary<string, JsonTree>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    var at = place.At(json, reader.TokenStartIndex);
                    reader.Read();
                    if (!members.TryAdd(name, Read(ref reader, json, ref place)))
                        throw LockFileErrors.Damaged($"'{name}' stands here twice", at);
                }
                return new JsonTree(position, members);
            case JsonTokenType.StartArray:
                var items = new List<JsonTree>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Read(ref reader, json, ref place));
                return new JsonTree(position, items);
            default:
                return new JsonTree(position, reader.TokenType switch
                {
                    JsonTokenType.String => reader.GetString(),
                    JsonTokenType.Number => reader.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw LockFileErrors.Damaged("this number is too large", position),
                    JsonTokenType.True => true,
                    JsonTokenType.False => false,
                    _ => null,
                });
        }
    }

    private static bool HasConflictMark(ReadOnlySpan<byte> json, int line)
    {
        for (; line > 0; line--)
            json = json[(json.IndexOf((byte)'\n') + 1)..];
        return json.StartsWith("<<<<<<<"u8) || json.StartsWith("======="u8) || json.StartsWith(">>>>>>>"u8);
    }

    private QuantizeException Wrong(string expected) => LockFileErrors.Damaged($"this must be {expected}", Position);

    /// <summary>Turns offsets that only grow into lines and columns.</summary>
    private struct Place(string path)
    {
        private int _line = 1;
        private long _lineStart;
        private long _seen;

        public SourcePosition At(ReadOnlySpan<byte> json, long offset)
        {
            for (; _seen < offset; _seen++)
                if (json[(int)_seen] == '\n')
                    (_line, _lineStart) = (_line + 1, _seen + 1);
            return new SourcePosition(path, _line, Encoding.UTF8.GetCharCount(json[(int)_lineStart..(int)offset]) + 1);
        }
    }
}
