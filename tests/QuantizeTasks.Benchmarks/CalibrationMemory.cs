using System.Diagnostics;
using System.Globalization;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Onnx;

namespace QuantizeTasks.Benchmarks;

/// <summary>Peak memory of calibration with few and with ten times as many samples, each in a process of its own. The case's own samples are taken again and again.</summary>
internal static class CalibrationMemory
{
    private static readonly int[] Counts = [100, 1000];
    private static readonly string[] Estimators = ["default", "quantile", "mse"];

    /// <summary>Prints a table; fails when ten times as many samples take more than a tenth more memory.</summary>
    public static int Print(string manifest, TextWriter output)
    {
        var failed = 0;
        output.WriteLine($"| estimator | {string.Join(" | ", Counts.Select(c => $"{c} samples, MB"))} | ratio |");
        output.WriteLine("|---|---|---|---|");
        foreach (var estimator in Estimators)
        {
            var peaks = Counts.Select(count => Peak(manifest, estimator, count)).ToArray();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {estimator} | {peaks[0]:F0} | {peaks[1]:F0} | {peaks[1] / peaks[0]:F2} |"));
            failed += peaks[1] > 1.1 * peaks[0] ? 1 : 0;
        }
        return failed;
    }

    /// <summary>What the child process does: calibrates and prints its own high-water mark in bytes.</summary>
    public static int Run(string path, string estimator, int count, TextWriter output)
    {
        var manifest = ManifestReader.Read(path);
        var settings = manifest.Compression with
        {
            Quantization = manifest.Compression.Quantization with
            {
                StatSubsetSize = null,
                Activations = manifest.Compression.Quantization.Activations with { RangeEstimator = new(new(estimator, new SourcePosition("benchmark")), null, null) },
            },
        };
        var prepared = ModelPreparation.Prepare(OnnxModel.Load(manifest.Model.Value));
        var placement = QuantizerPlacement.Place(prepared, settings);
        var data = new Repeated(DataSource.Open(manifest.Calibration), count);
        Collector.Collect(prepared, RangeEstimation.Observe(placement, settings.Quantization), data, settings.Quantization, 2, (_, _) => { }, CancellationToken.None);
        output.WriteLine(Process.GetCurrentProcess().PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static double Peak(string manifest, string estimator, int count)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            ArgumentList = { "exec", typeof(CalibrationMemory).Assembly.Location, "calibrate", Path.GetFullPath(manifest), estimator, count.ToString(CultureInfo.InvariantCulture) },
        };
        using var process = Process.Start(start)!;
        var peak = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? double.Parse(peak, CultureInfo.InvariantCulture) / 1e6 : throw new InvalidOperationException($"Calibration ended with {process.ExitCode}.");
    }

    private sealed class Repeated(IDataLoader data, int count) : IDataLoader
    {
        public int Count => count;

        public Sample Load(int index) => data.Load(index % data.Count);
    }
}
