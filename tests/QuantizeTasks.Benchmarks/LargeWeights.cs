using System.Globalization;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Benchmarks;

/// <summary>Time and peak memory of the whole way for weights of given sizes.</summary>
internal static class LargeWeights
{
    private const int Width = 8192;

    public static int Print(int[] megabytes, TextWriter output)
    {
        output.WriteLine("| weights | seconds | peak MB |");
        output.WriteLine("|---|---|---|");
        foreach (var size in megabytes)
        {
            var folder = Directory.CreateTempSubdirectory("quantize-large-").FullName;
            try
            {
                var layers = Math.Max(1, size / 256);
                var run = ToolRun.Start(LargeModel.WriteProject(folder, layers, Width, samples: 4), "--workers", "1");
                if (run.ExitCode != 0)
                    return run.ExitCode;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {layers * 256} MB | {run.Seconds:F0} | {run.PeakMegabytes:F0} |"));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        return 0;
    }
}
