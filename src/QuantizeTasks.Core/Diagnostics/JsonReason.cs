using System.Text.Json;

namespace QuantizeTasks.Diagnostics;

/// <summary>What is wrong with a JSON text, for a message. The parser quotes the text from the mistake on, which is somebody's file: any characters, over many lines.</summary>
internal static class JsonReason
{
    private const int Longest = 300;

    /// <summary>One line without control characters. The position is left out, since a diagnostic has its own.</summary>
    public static string Of(Exception exception)
    {
        var reason = exception.Message;
        // The parser's sentence ends in its own position, whose lines begin at 0.
        foreach (var position in (string[])[" LineNumber:", " Path:"])
            if (exception is JsonException && reason.LastIndexOf(position, StringComparison.Ordinal) is >= 0 and var at)
                reason = reason[..at];
        var line = string.Concat(reason.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
        return line.Length <= Longest ? line : string.Concat(line.AsSpan(0, Longest / 2), " ... ", line.AsSpan(line.Length - (Longest / 2)));
    }
}
