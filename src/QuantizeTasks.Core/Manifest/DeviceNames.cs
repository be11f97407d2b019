using System.Collections.Immutable;

namespace QuantizeTasks.Manifest;

/// <summary>The names that <c>target_device</c> may have: those of the files that describe devices, which are part of this assembly.</summary>
internal static class DeviceNames
{
    private const string Prefix = "QuantizeTasks.Devices.";
    private const string Ending = ".yaml";

    /// <summary>In ordinal order.</summary>
    public static ImmutableArray<string> All { get; } =
    [
        .. typeof(DeviceNames).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Ending, StringComparison.Ordinal))
            .Select(n => n[Prefix.Length..^Ending.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Whether a device is one of those on which POT has rules of its own: presets are fewer, and a search is between 8 and 16 bits.</summary>
    public static bool IsGna(string name) => name.StartsWith("GNA", StringComparison.Ordinal);

    /// <summary>A device's file; null when there is no such device.</summary>
    public static string? TextOf(string name)
    {
        if (!All.Contains(name, StringComparer.Ordinal))
            return null;
        using var reader = new StreamReader(typeof(DeviceNames).Assembly.GetManifestResourceStream(Prefix + name + Ending)!);
        return reader.ReadToEnd();
    }
}
