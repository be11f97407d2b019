using System.Globalization;
using System.Text.Json;

namespace QuantizeTasks.Benchmarks;

/// <summary>The table of docs/benchmarks.md: each case through the tool as a user would run it, with an empty store.</summary>
internal static class CaseTable
{
    public static int Print(string folder, string[] names, TextWriter output)
    {
        var manifests = Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path).StartsWith("quantize", StringComparison.Ordinal))
            .Where(path => names.Length == 0 || names.Any(name => path.Contains(name, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ToList();
        output.WriteLine("| case | float | int8 everywhere | published | drop | budget | exit | layers in float | latency int8/float | size int8/float | seconds (total: by stage) | peak MB |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        var failed = 0;
        foreach (var manifest in manifests)
        {
            var run = ToolRun.Start(manifest);
            output.WriteLine(Row(manifest, run));
            output.Flush();
            failed += run.ExitCode == 0 ? 0 : 1;
        }
        return failed;
    }

    private static string Row(string manifest, ToolRun run)
    {
        var file = Path.GetFileNameWithoutExtension(manifest);
        var name = Path.GetFileName(Path.GetDirectoryName(manifest)) + (file == "quantize" ? "" : $" ({file["quantize.".Length..]})");
        if (run.Report is not { } report)
            return $"| {name} | | | | | | {run.ExitCode} | | | | {Number(run.Seconds, "F1")} | {Number(run.PeakMegabytes, "F0")} |";
        var metric = report.GetProperty("metrics")[0];
        var layers = report.GetProperty("layers");
        var hasOutput = report.TryGetProperty("output", out var output) && output.ValueKind == JsonValueKind.Object;
        var hasLatency = report.TryGetProperty("latency", out var latency) && latency.ValueKind == JsonValueKind.Object;
        var size = hasOutput ? Number(output.GetProperty("bytes").GetDouble() / new FileInfo(report.GetProperty("model").GetProperty("path").GetString()!).Length, "F2") : "";
        var stages = string.Join(", ", report.GetProperty("timings").EnumerateObject().Select(t => $"{t.Name} {Number(t.Value.GetDouble(), "F1")}"));
        return $"| {name} | {Value(metric, "baseline")} | {Value(metric, "fullyQuantized")} | {Value(metric, "quantized")} | {Value(metric, "drop")} | {Value(metric, "budget")} | {run.ExitCode} "
            + $"| {layers.GetProperty("reverted").GetArrayLength()} of {layers.GetProperty("quantizable").GetInt32()} | {(hasLatency ? Number(latency.GetProperty("ratio").GetDouble(), "F2") : "")} | {size} "
            + $"| {Number(run.Seconds, "F1")}: {stages} | {Number(run.PeakMegabytes, "F0")} |";
    }

    private static string Value(JsonElement metric, string property) =>
        metric.GetProperty(property) is { ValueKind: JsonValueKind.Number } value ? Number(value.GetDouble(), "0.####") : "";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
