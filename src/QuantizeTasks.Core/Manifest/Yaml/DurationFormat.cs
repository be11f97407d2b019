using System.Globalization;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Manifest.Yaml;

/// <summary>Lengths of time as people write them: <c>90</c> (seconds), <c>45s</c>, <c>20m</c>, <c>1h30m</c>.</summary>
internal static partial class DurationFormat
{
    /// <summary>The length of time; null when it is none, is zero, or is longer than a thousand days.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (Pattern().Match(text) is not { Success: true } match)
            return null;
        var seconds = Part(match, "h") * 3600 + Part(match, "m") * 60 + Part(match, "s");
        return seconds is > 0 and <= 1000.0 * 24 * 3600 ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static double Part(Match match, string name) =>
        match.Groups[name] is { Success: true } group ? double.Parse(group.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?=.)((?<h>[0-9]{1,9})h)?((?<m>[0-9]{1,9})m)?((?<s>[0-9]{1,9}(\.[0-9]{1,9})?)s?)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
