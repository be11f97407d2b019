using System.Text;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>The lines of a UTF-8 file, one after the other.</summary>
internal static class TextLines
{
    /// <summary>Each line and its number, counting from 1.</summary>
    /// <exception cref="QuantizeException">There is no such file, or it cannot be read.</exception>
    public static IEnumerable<(string Text, int Number)> Read(string path, SourcePosition position)
    {
        if (!File.Exists(path))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path}'.", position);
        using var lines = File.ReadLines(path, Encoding.UTF8).GetEnumerator();
        for (var number = 1; Next(lines, path); number++)
            yield return (lines.Current, number);
    }

    private static bool Next(IEnumerator<string> lines, string path)
    {
        try
        {
            return lines.MoveNext();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The file cannot be read: {e.Message}", new SourcePosition(path), e);
        }
    }
}
