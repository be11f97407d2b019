using System.Text.Json;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>A file with a JSON object a line. A member is a value or nested lists of values, all of one length on each level.</summary>
internal sealed class JsonLinesTable : ITable
{
    private const int MaximalDepth = 16;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaximalDepth };
    private readonly RowFile _rows;

    public JsonLinesTable(string path, SourcePosition position)
    {
        _rows = RowFile.Open(path, quotes: false, position);
        Columns = _rows.Count == 0 ? [] : [.. Parse(0).EnumerateObject().Select(member => member.Name).Distinct(StringComparer.Ordinal)];
    }

    public int Count => _rows.Count;

    /// <summary>The members of the first row.</summary>
    public IReadOnlyList<string> Columns { get; }

    public SourcePosition Position(int index) => _rows.Position(index);

    public IRow Read(int index) => new Row(Parse(index), Position(index));

    private JsonElement Parse(int index)
    {
        try
        {
            using var document = JsonDocument.Parse(_rows.Read(index), Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone()
                : throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The line is {document.RootElement.ValueKind}, not a JSON object.", Position(index));
        }
        catch (InvalidOperationException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, "The line has a text that is not valid Unicode.", Position(index), e);
        }
        catch (JsonException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The line is not valid JSON: {JsonReason.Of(e)}", Position(index) with { Column = (int)Math.Min(int.MaxValue, (e.BytePositionInLine ?? 0) + 1) }, e);
        }
    }

    private sealed record Row(JsonElement Object, SourcePosition Position) : IRow
    {
        public Cell? this[string column]
        {
            get
            {
                if (!Object.TryGetProperty(column, out var member) || member.ValueKind == JsonValueKind.Null)
                    return null;
                var values = new List<string>();
                var shape = new List<int>();
                for (var level = member; level.ValueKind == JsonValueKind.Array; level = level[0])
                {
                    shape.Add(level.GetArrayLength());
                    if (shape[^1] == 0)
                        break;
                }
                Collect(member, shape, 0, column, values);
                return new Cell([.. values], [.. shape]);
            }
        }

        private void Collect(JsonElement element, List<int> shape, int depth, string column, List<string> values)
        {
            if (depth < shape.Count)
            {
                if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != shape[depth])
                    throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The lists of '{column}' are not all of one length.", Position);
                foreach (var item in element.EnumerateArray())
                    Collect(item, shape, depth + 1, column, values);
                return;
            }
            values.Add(element.ValueKind switch
            {
                JsonValueKind.String => Text(element),
                JsonValueKind.Number => element.GetRawText(),
                JsonValueKind.True => "1",
                JsonValueKind.False => "0",
                _ => throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{column}' has a value of the kind {element.ValueKind}; numbers, texts, true and false are read, in lists or alone.", Position),
            });
        }

        private string Text(JsonElement element)
        {
            try
            {
                return element.GetString()!;
            }
            catch (InvalidOperationException e)
            {
                // An escaped half of a surrogate pair.
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, "The line has a text that is not valid Unicode.", Position, e);
            }
        }
    }
}
