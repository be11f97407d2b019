using System.Text;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Diagnostics;

/// <summary>The fixed pieces of every text in the sources: what stands in string literals, between the holes of interpolated ones.</summary>
internal static partial class SourceTexts
{
    /// <param name="files">C# and MSBuild files.</param>
    public static HashSet<string> PiecesOf(IEnumerable<string> files)
    {
        var pieces = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var source = File.ReadAllText(file);
            if (Path.GetExtension(file) == ".cs")
                for (var at = 0; at < source.Length;)
                    at = Next(source, at, pieces);
            else
                foreach (Match text in Attribute().Matches(source))
                    pieces.UnionWith(MSBuildHole().Split(System.Net.WebUtility.HtmlDecode(text.Groups[1].Value)));
        }
        return pieces;
    }

    /// <summary>Reads a comment, a character, a string or one character of code, and gives where it ends.</summary>
    private static int Next(string source, int at, HashSet<string> pieces)
    {
        bool Is(string start) => string.CompareOrdinal(source, at, start, 0, start.Length) == 0;
        int After(string end, int from) => source.IndexOf(end, from, StringComparison.Ordinal) is >= 0 and var found ? found + end.Length : source.Length;
        if (Is("//"))
            return After("\n", at);
        if (Is("/*"))
            return After("*/", at);
        if (Is("'"))
            return After("'", at + (source[at + 1] == '\\' ? 3 : 2));
        if (Is("\"\"\""))
            return After("\"\"\"", at + 3);
        if (Is("$\"\"\"") || Is("$$\"\"\""))
            return After("\"\"\"", source.IndexOf('"', at) + 3);
        if (Is("@\""))
            return After("\"", at + 2);
        if (Is("$\"") || Is("\""))
            return Literal(source, source.IndexOf('"', at) + 1, Is("$"), pieces);
        return at + 1;
    }

    private static int Literal(string source, int at, bool hasHoles, HashSet<string> pieces)
    {
        var piece = new StringBuilder();
        while (source[at] != '"')
        {
            if (source[at] == '\\')
            {
                var length = source[at + 1] == 'u' ? 6 : 2;
                piece.Append(Regex.Unescape(source.Substring(at, length)));
                at += length;
            }
            else if (hasHoles && source[at] is '{' or '}' && source[at + 1] != source[at])
            {
                pieces.Add(piece.ToString());
                piece.Clear();
                at++;
                for (var depth = 1; depth > 0;)
                {
                    depth += source[at] switch { '{' => 1, '}' => -1, _ => 0 };
                    at = depth == 0 ? at + 1 : Next(source, at, pieces);
                }
            }
            else
            {
                piece.Append(source[at]);
                at += hasHoles && source[at] is '{' or '}' ? 2 : 1;
            }
        }
        pieces.Add(piece.ToString());
        return at + 1;
    }

    [GeneratedRegex("(?:Text|Include)=\"([^\"]*)\"")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"[$@%]\([^)]*\)+")]
    private static partial Regex MSBuildHole();
}
