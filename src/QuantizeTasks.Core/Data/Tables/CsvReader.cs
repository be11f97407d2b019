using System.Text;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>Comma-separated values as RFC 4180 has them: quoted fields with doubled quotes and line breaks in them, CRLF or LF. Blank lines are skipped.</summary>
internal static class CsvReader
{
    /// <summary>A record and the line it starts in, counting from 1.</summary>
    public sealed record Record(IReadOnlyList<string> Fields, int Line);

    /// <summary>Reads a file record by record.</summary>
    /// <exception cref="QuantizeException">A quote is not closed or stands where none may, or the file cannot be read.</exception>
    public static IEnumerable<Record> Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The csv cannot be read: {e.Message}", new SourcePosition(path), e);
        }
        for (var next = 0; next < lines.Length;)
        {
            var start = next;
            if (string.IsNullOrWhiteSpace(lines[next++]))
                continue;
            // An odd number of quotes means that a quoted field goes on in the next line.
            for (var quotes = Quotes(lines[start]); quotes % 2 != 0; quotes += Quotes(lines[next++]))
            {
                if (next == lines.Length)
                    throw new QuantizeException(DiagnosticCodes.DataUnreadable, "A quote is not closed.", new SourcePosition(path, start + 1, lines[start].LastIndexOf('"') + 1));
            }
            yield return new Record(Split(string.Join('\n', lines[start..next]), path, start + 1), start + 1);
        }
    }

    private static int Quotes(string text) => text.AsSpan().Count('"');

    /// <summary>The fields of one record.</summary>
    /// <exception cref="QuantizeException">A quote is not closed or stands where none may.</exception>
    public static List<string> Split(string text, string path, int line, char separator = ',')
    {
        var fields = new List<string>();
        for (var at = 0; at <= text.Length;)
        {
            var field = new StringBuilder();
            if (at < text.Length && text[at] == '"')
            {
                for (at++; ; at++)
                {
                    if (at == text.Length)
                        throw new QuantizeException(DiagnosticCodes.DataUnreadable, "A quote is not closed.", new SourcePosition(path, line, 1));
                    if (text[at] == '"' && (at + 1 == text.Length || text[at + 1] != '"'))
                        break;
                    field.Append(text[at]);
                    if (text[at] == '"')
                        at++;
                }
                if (++at < text.Length && text[at] != separator)
                    throw new QuantizeException(DiagnosticCodes.DataUnreadable, "Text follows a closing quote.", new SourcePosition(path, line, at + 1));
            }
            else
            {
                for (; at < text.Length && text[at] != separator; at++)
                    field.Append(text[at] != '"' ? text[at] : throw new QuantizeException(DiagnosticCodes.DataUnreadable, "A quote stands inside an unquoted field.", new SourcePosition(path, line, at + 1)));
            }
            fields.Add(field.ToString());
            at++;
        }
        return fields;
    }
}
