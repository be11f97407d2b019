using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace QuantizeTasks.Json;

/// <summary>
/// Writes the one shape the task needs: objects of strings, whole numbers, nulls and objects, two spaces deep a level.
/// A task brings no package into the build process, so there is no library to do it.
/// </summary>
internal static class JsonWriter
{
    /// <summary>The text of an object, ending in a line feed. Members keep their order, so that equal jobs are equal files.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, object?>> members)
    {
        var text = new StringBuilder();
        WriteObject(text, members, depth: 0);
        return text.Append('\n').ToString();
    }

    private static void WriteObject(StringBuilder text, IEnumerable<KeyValuePair<string, object?>> members, int depth)
    {
        text.Append('{');
        var separator = "\n";
        foreach (var member in members)
        {
            text.Append(separator).Append(' ', (depth + 1) * 2);
            WriteString(text, member.Key);
            text.Append(": ");
            WriteValue(text, member.Value, depth + 1);
            separator = ",\n";
        }
        if (separator == ",\n")
            text.Append('\n').Append(' ', depth * 2);
        text.Append('}');
    }

    private static void WriteValue(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case int number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case string s:
                WriteString(text, s);
                break;
            default:
                WriteObject(text, (IEnumerable<KeyValuePair<string, object?>>)value, depth);
                break;
        }
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (c < ' ' || char.IsSurrogate(c))
                // Surrogates are escaped so that a lone one, which UTF-8 cannot carry, survives: Windows allows it in file names.
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                text.Append(c);
        }
        text.Append('"');
    }
}
