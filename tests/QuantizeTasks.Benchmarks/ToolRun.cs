using System.Diagnostics;
using System.Text.Json;

namespace QuantizeTasks.Benchmarks;

/// <summary>One run of the tool in a process of its own, with a store and an output folder that exist for this run only.</summary>
internal sealed record ToolRun(int ExitCode, double Seconds, double PeakMegabytes, JsonElement? Report)
{
    public static ToolRun Start(string manifest, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("quantize-bench-").FullName;
        try
        {
            var start = new ProcessStartInfo("dotnet")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "dotnet-quantize.dll"), "run", Path.GetFullPath(manifest), "--output-directory", folder, "--cache-directory", Path.Combine(folder, "store"), "--lock-file", "none", "--json" },
            };
            foreach (var option in options)
                start.ArgumentList.Add(option);
            var clock = Stopwatch.StartNew();
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
            process.BeginErrorReadLine();
            var json = process.StandardOutput.ReadToEndAsync();
            var peak = 0L;
            while (!process.WaitForExit(50))
                peak = Math.Max(peak, PeakBytes(process));
            return new ToolRun(process.ExitCode, clock.Elapsed.TotalSeconds, peak / 1e6, Parse(json.Result));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonElement? Parse(string json) => json.Length == 0 ? null : JsonDocument.Parse(json).RootElement;

    /// <summary>The operating system's own high-water mark, so that sampling it now and then misses nothing but the last moments.</summary>
    private static long PeakBytes(Process process)
    {
        try
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // ended meanwhile
        }
    }
}
