using System.Globalization;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Manifest.Yaml;

/// <summary>
/// What plain scalars mean: YAML 1.2's core schema (yaml.org/spec/1.2.2, section 10.3.2) without octal and hexadecimal, which no parameter is written in.
/// Never the machine's culture. Quoted scalars are always text.
/// </summary>
internal static partial class ScalarFormat
{
    public static bool? Boolean(ScalarNode node) => !node.IsPlain ? null : node.Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    public static bool IsWholeNumber(ScalarNode node) => node.IsPlain && WholeNumber().IsMatch(node.Text);

    public static bool IsNumber(ScalarNode node) => node.IsPlain && (AnyNumber().IsMatch(node.Text) || NotFinite().IsMatch(node.Text));

    /// <summary>The number; infinite or NaN when it says so or is too large for a double, null when it is none.</summary>
    public static double? Number(ScalarNode node)
    {
        if (!node.IsPlain)
            return null;
        if (AnyNumber().IsMatch(node.Text))
            return double.Parse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return NotFinite().IsMatch(node.Text) ? double.NaN : null;
    }

    [GeneratedRegex(@"^[-+]?[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex AnyNumber();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();
}
