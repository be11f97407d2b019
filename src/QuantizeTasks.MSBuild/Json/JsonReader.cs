using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace QuantizeTasks.Json;

/// <summary>
/// Reads one JSON text (RFC 8259) into dictionaries, lists, strings, doubles, booleans and nulls.
/// What a process prints is untrusted: anything malformed, and any nesting deeper than <see cref="MaximalDepth"/>, is a <see cref="FormatException"/>.
/// </summary>
internal sealed class JsonReader
{
    private const int MaximalDepth = 32;
    private readonly string _text;
    private int _position;

    private JsonReader(string text) => _text = text;

    /// <exception cref="FormatException">The text is not exactly one JSON value.</exception>
    public static object? Read(string text)
    {
        var reader = new JsonReader(text);
        var value = reader.ReadValue(depth: 0);
        reader.SkipWhitespace();
        return reader._position == text.Length ? value : throw reader.Malformed("text after the value");
    }

    private object? ReadValue(int depth)
    {
        if (depth > MaximalDepth)
            throw Malformed("nesting is too deep");
        SkipWhitespace();
        switch (Peek())
        {
            case '{':
                return ReadObject(depth);
            case '[':
                return ReadArray(depth);
            case '"':
                return ReadString();
            case 't':
                return ReadWord("true", true);
            case 'f':
                return ReadWord("false", false);
            case 'n':
                return ReadWord("null", null);
            default:
                return ReadNumber();
        }
    }

    private Dictionary<string, object?> ReadObject(int depth)
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal);
        _position++;
        SkipWhitespace();
        if (TryTake('}'))
            return members;
        do
        {
            SkipWhitespace();
            if (Peek() != '"')
                throw Malformed("a member name was expected");
            var name = ReadString();
            SkipWhitespace();
            Take(':');
            members[name] = ReadValue(depth + 1);
            SkipWhitespace();
        }
        while (TryTake(','));
        Take('}');
        return members;
    }

    private List<object?> ReadArray(int depth)
    {
        var items = new List<object?>();
        _position++;
        SkipWhitespace();
        if (TryTake(']'))
            return items;
        do
        {
            items.Add(ReadValue(depth + 1));
            SkipWhitespace();
        }
        while (TryTake(','));
        Take(']');
        return items;
    }

    private string ReadString()
    {
        var value = new StringBuilder();
        _position++;
        while (true)
        {
            var c = Peek();
            _position++;
            if (c == '"')
                return value.ToString();
            if (c < ' ')
                throw Malformed("a string is not closed or has a control character");
            value.Append(c == '\\' ? ReadEscape() : c);
        }
    }

    private char ReadEscape()
    {
        var c = Peek();
        _position++;
        switch (c)
        {
            case '"' or '\\' or '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when _position + 4 <= _text.Length
                && ushort.TryParse(_text.Substring(_position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                _position += 4;
                return (char)unit;
            default:
                throw Malformed("an escape is unknown");
        }
    }

    private double ReadNumber()
    {
        var start = _position;
        while (_position < _text.Length && "+-.0123456789eE".IndexOf(_text[_position]) >= 0)
            _position++;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(_text.Substring(start, _position - start), Style, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Malformed("a value was expected");
    }

    private object? ReadWord(string word, object? value)
    {
        if (string.CompareOrdinal(_text, _position, word, 0, word.Length) != 0)
            throw Malformed("a value was expected");
        _position += word.Length;
        return value;
    }

    /// <summary>The next character, or NUL at the end: no production accepts NUL.</summary>
    private char Peek() => _position < _text.Length ? _text[_position] : '\0';

    private void Take(char expected)
    {
        if (!TryTake(expected))
            throw Malformed($"'{expected}' was expected");
    }

    private bool TryTake(char expected)
    {
        if (Peek() != expected)
            return false;
        _position++;
        return true;
    }

    private void SkipWhitespace()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n')
            _position++;
    }

    private FormatException Malformed(string why) =>
        new($"Not JSON at character {_position.ToString(CultureInfo.InvariantCulture)}: {why}.");
}
