using System.Globalization;

namespace QuantizeTasks.Inference;

/// <summary>The processor that this runs on.</summary>
internal static class Processor
{
    /// <summary>Its model and how many there are: what times depend on. Empty where the system does not tell the model.</summary>
    public static string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{Model()} x{Environment.ProcessorCount}");

    private static string Model()
    {
        const string linux = "/proc/cpuinfo";
        if (OperatingSystem.IsWindows())
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "";
        return File.Exists(linux) && File.ReadLines(linux).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() : "";
    }
}
