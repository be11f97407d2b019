using System.Globalization;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>Sizes as people write them.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1)];

    /// <summary>Reads <c>500MB</c>, <c>2GiB</c> or a plain number of bytes; null when it is no size.</summary>
    public static long? Parse(string text)
    {
        text = text.Trim();
        var (unit, bytes) = Units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        return decimal.TryParse(text[..^unit.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= long.MaxValue / bytes
            ? (long)(number * bytes) : null;
    }

    /// <summary>Three digits and a unit.</summary>
    public static string Text(long bytes)
    {
        var (unit, size) = bytes < 1000 ? ("B", 1) : Units.Where(u => u.Unit is [_, 'B'] && u.Bytes <= bytes).MaxBy(u => u.Bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / size:G3} {unit}");
    }
}
