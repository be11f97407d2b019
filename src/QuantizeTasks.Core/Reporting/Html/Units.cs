using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>Sizes, times and counts as people read them.</summary>
internal static class Units
{
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => Count(bytes) + " B",
        < 1_000_000 => Number(bytes / 1e3) + " kB",
        < 1_000_000_000 => Number(bytes / 1e6) + " MB",
        _ => Number(bytes / 1e9) + " GB",
    };

    public static string Seconds(double seconds) => seconds switch
    {
        < 0.9995 => Number(seconds * 1000) + " ms",
        < 59.95 => Number(seconds) + " s",
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Round(seconds) / 60} min {(int)Math.Round(seconds) % 60:D2} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)Math.Round(seconds / 60) / 60} h {(long)Math.Round(seconds / 60) % 60:D2} min"),
    };

    public static string Milliseconds(double milliseconds) => Number(milliseconds) + " ms";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Plural(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>A ratio of signal to noise; exact when there is no noise.</summary>
    public static string Decibels(double decibels) => double.IsPositiveInfinity(decibels) ? "exact" : !double.IsFinite(decibels) ? "\u2013" : decibels.ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>From one value to another.</summary>
    public static string Range(double low, double high) => $"{Significant(low)} to {Significant(high)}";

    private static string Significant(double value) => value == 0 ? "0" : value.ToString(Math.Abs(value) is >= 1e5 or < 1e-4 ? "0.##e0" : "G3", CultureInfo.InvariantCulture).Replace('-', '\u2212');

    /// <summary>Three digits, as far as the number has them.</summary>
    public static string Number(double value) => !double.IsFinite(value) ? "\u2013" : Math.Abs(value) switch
    {
        >= 99.95 => value.ToString("F0", CultureInfo.InvariantCulture),
        >= 9.995 => value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.ToString("F2", CultureInfo.InvariantCulture),
    };
}
