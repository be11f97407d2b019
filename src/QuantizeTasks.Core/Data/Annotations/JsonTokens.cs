using System.Text.Json;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>Reads a JSON file token by token, so that a file of hundreds of megabytes takes no more memory than what is kept of it.</summary>
internal sealed class JsonTokens : IDisposable
{
    /// <summary>No name or number is longer; what is (outlines as one text) is a defect or an attack.</summary>
    private const int LongestToken = 1 << 26;

    private readonly string _file;
    private readonly Stream _stream;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _isLast;
    private int _line = 1;
    private JsonReaderState _state = new(new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });

    public JsonTokens(string file, SourcePosition namedAt)
    {
        _file = file;
        try
        {
            _stream = File.OpenRead(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{file}'.", namedAt, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{file}' cannot be read: {e.Message}", namedAt, e);
        }
    }

    public JsonTokenType Type { get; private set; }

    /// <summary>The value of a name or a text; null for another token.</summary>
    public string? Text { get; private set; }

    /// <summary>The value of a number; NaN for another token.</summary>
    public double Number { get; private set; }

    /// <summary>The line that reading has come to.</summary>
    public SourcePosition Position => new(_file, _line, 1);

    /// <summary>Goes to the next token; false at the end.</summary>
    public bool Read() => Read(keepsValue: true);

    /// <summary>Goes past the value that begins with the current token, or that follows the current name.</summary>
    public void Skip()
    {
        if (Type == JsonTokenType.PropertyName)
            Read(keepsValue: false);
        for (var depth = Depth(Type); depth > 0;)
        {
            if (!Read(keepsValue: false))
                throw Wrong("The file ends too early.");
            depth += Depth(Type);
        }
    }

    /// <summary>The names of an object; the current token is its beginning. The caller reads or skips each value.</summary>
    public IEnumerable<string> Names(string what)
    {
        if (Type != JsonTokenType.StartObject)
            throw Wrong($"{what} must be an object.");
        while (Read() && Type != JsonTokenType.EndObject)
            yield return Text!;
    }

    /// <summary>Stands at each element of an array in turn; the current token is the name before it.</summary>
    public IEnumerable<bool> Elements(string what)
    {
        Read();
        if (Type != JsonTokenType.StartArray)
            throw Wrong($"{what} must be a list.");
        while (Read() && Type != JsonTokenType.EndArray)
            yield return true;
    }

    /// <summary>The number behind the current name.</summary>
    public double NextNumber(string what) => Read() && Type == JsonTokenType.Number && double.IsFinite(Number) ? Number : throw Wrong($"{what} must be a finite number.");

    /// <summary>The whole number behind the current name.</summary>
    public long NextWhole(string what) => NextNumber(what) is var number && number == Math.Floor(number) && Math.Abs(number) <= 1L << 53 ? (long)number : throw Wrong($"{what} must be a whole number.");

    public QuantizeException Wrong(string message) => new(DiagnosticCodes.LabelInvalid, message, Position);

    public void Dispose() => _stream.Dispose();

    private static int Depth(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject or JsonTokenType.StartArray => 1,
        JsonTokenType.EndObject or JsonTokenType.EndArray => -1,
        _ => 0,
    };

    private bool Read(bool keepsValue)
    {
        while (true)
        {
            try
            {
                var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _isLast, _state);
                if (reader.Read())
                {
                    Type = reader.TokenType;
                    Text = keepsValue && Type is (JsonTokenType.PropertyName or JsonTokenType.String) ? reader.GetString() : null;
                    Number = keepsValue && Type == JsonTokenType.Number && reader.TryGetDouble(out var number) ? number : double.NaN;
                    Consume((int)reader.BytesConsumed);
                    _state = reader.CurrentState;
                    return true;
                }
                Consume((int)reader.BytesConsumed);
                _state = reader.CurrentState;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"This is not valid JSON: {JsonReason.Of(e)}",
                    e is JsonException { LineNumber: { } line } json ? new SourcePosition(_file, (int)line + 1, (int)(json.BytePositionInLine ?? 0) + 1) : Position, e);
            }
            if (_isLast)
                return false;
            Fill();
        }
    }

    private void Consume(int bytes)
    {
        _line += _buffer.AsSpan(_start, bytes).Count((byte)'\n');
        _start += bytes;
    }

    private void Fill()
    {
        if (_end - _start == _buffer.Length)
        {
            if (_buffer.Length >= LongestToken)
                throw Wrong($"A value is longer than {LongestToken} bytes.");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        try
        {
            var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _isLast = read == 0;
            // A byte order mark, which JSON readers need not accept.
            if (_stream.Position == read && _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
                _start = 3;
        }
        catch (IOException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{_file}' cannot be read: {e.Message}", Position, e);
        }
    }
}
