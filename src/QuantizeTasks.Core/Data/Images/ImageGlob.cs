using System.Text;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Data;

/// <summary>A pattern of file names as MSBuild has it: <c>*</c> and <c>?</c> within a folder, <c>**</c> for any number of folders. Case matters, on every machine.</summary>
internal sealed class ImageGlob(string pattern)
{
    private readonly Regex _regex = new(ToRegex(pattern), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>As written, with forward slashes.</summary>
    public string Pattern { get; } = pattern;

    public static bool IsGlob(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <param name="name">A path relative to the glob's folder, with forward slashes.</param>
    public bool IsMatch(string name) => _regex.IsMatch(name);

    private static string ToRegex(string pattern)
    {
        var regex = new StringBuilder("^");
        var segments = pattern.Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            if (segments[i] == "**")
            {
                regex.Append(last ? ".*" : "(?:[^/]+/)*");
                continue;
            }
            foreach (var character in segments[i])
                regex.Append(character switch { '*' => "[^/]*", '?' => "[^/]", _ => Regex.Escape(character.ToString()) });
            if (!last)
                regex.Append('/');
        }
        return regex.Append('$').ToString();
    }
}
