using System.Text.RegularExpressions;

namespace QuantizeTasks.Manifest;

/// <summary>The regular expressions of <c>ignored.patterns</c>. They come from a file, so matching has a time limit: some expressions take ages on some names.</summary>
internal static class NamePattern
{
    /// <summary>For one name. An honest expression takes microseconds.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>An expression that matches whole names.</summary>
    /// <exception cref="RegexParseException">It is none.</exception>
    public static Regex Create(string pattern)
    {
        // By itself first: a stray parenthesis must not close the group around it.
        _ = new Regex(pattern, RegexOptions.CultureInvariant, Longest);
        return new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, Longest);
    }

    /// <summary>What is wrong with an expression, in a phrase; null when nothing is.</summary>
    public static string? Mistake(string pattern)
    {
        try
        {
            Create(pattern);
            return null;
        }
        catch (RegexParseException e)
        {
            return FormattableString.Invariant($"{Words(e.Error)} at character {e.Offset + 1}");
        }
    }

    // The exception's own text is in the machine's language: InsufficientClosingParentheses becomes "insufficient closing parentheses".
    private static string Words(RegexParseError error) => Regex.Replace(error.ToString(), "(?<!^)[A-Z]", " $0", RegexOptions.CultureInvariant).ToLowerInvariant();
}
