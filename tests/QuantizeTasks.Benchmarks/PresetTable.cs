using System.Diagnostics;
using System.Globalization;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Benchmarks;

/// <summary>Plain int8, without any search, with every preset and range estimator.</summary>
internal static class PresetTable
{
    private static readonly string[] Presets = ["performance", "mixed"];
    private static readonly string[] Estimators = ["default", "quantile", "minmax", "percentile", "mse", "entropy"];

    public static int Print(string folder, string[] names, TextWriter output)
    {
        output.WriteLine($"| case | preset | {string.Join(" | ", Estimators)} |");
        output.WriteLine($"|---|---|{string.Concat(Estimators.Select(_ => "---|"))}");
        foreach (var path in Directory.EnumerateFiles(folder, "quantize*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(path => names.Length == 0 || names.Any(name => path.Contains(name, StringComparison.Ordinal))))
            Print(path, output);
        return 0;
    }

    private static void Print(string path, TextWriter output)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(path)!) + (Path.GetFileName(path) == "quantize.yaml" ? "" : $" ({Path.GetFileNameWithoutExtension(path)})");
        var manifest = ManifestReader.Read(path);
        var store = new ContentStore(Path.Combine(Path.GetTempPath(), "quantize-bench-presets"));
        var prepared = ModelPreparation.Prepare(ModelFile.Read(manifest.Model.Value).Model);
        var passes = new CachedCalibration(manifest, store, 0, (_, _) => { }, CancellationToken.None);
        var settings = Presets.SelectMany(_ => Estimators, (preset, estimator) => With(manifest.Compression, preset, estimator)).ToArray();
        var clock = Stopwatch.StartNew();
        var calibrated = DefaultQuantization.Calibrate(prepared, QuantizerPlacement.Place(prepared, manifest.Compression), manifest.Compression, passes, settings.Select(s => s.Quantization));
        Console.Error.WriteLine($"{name}: calibrated in {clock.Elapsed.TotalSeconds:F1} s");

        var validation = ValidationSet.Open(manifest)!;
        var file = ModelFile.Read(manifest.Model.Value);
        using var models = new ModelEvaluator(EvaluatedModel.Of(file), validation.Loader, validation.Metrics, new ObservationStore(store, validation.Identity(), RuntimeLibrary.Identity, ToolVersion.Current), 0);
        int[] all = [.. Enumerable.Range(0, models.SampleCount)];
        for (var row = 0; row < Presets.Length; row++)
        {
            var values = new List<string>();
            for (var i = 0; i < Estimators.Length; i++)
            {
                clock.Restart();
                var bytes = DefaultQuantization.Quantize(calibrated, settings[(row * Estimators.Length) + i], passes).Build(Configuration.FullyQuantized);
                var quantized = clock.Elapsed.TotalSeconds;
                var value = models.Evaluate(EvaluatedModel.Of(bytes, name), all, models.WorkerCount, null, CancellationToken.None).Metrics[0].Value;
                values.Add(value.ToString("0.####", CultureInfo.InvariantCulture));
                Console.Error.WriteLine($"{name} {Presets[row]} {Estimators[i]}: {values[^1]} quantize {quantized:F2} s, evaluate {clock.Elapsed.TotalSeconds - quantized:F1} s; {OutputError.Describe(prepared.Model.Serialize(), bytes, passes)}");
            }
            output.WriteLine($"| {name} | {Presets[row]} | {string.Join(" | ", values)} |");
        }
    }

    private static CompressionSettings With(CompressionSettings settings, string preset, string estimator) => settings with
    {
        Quantization = settings.Quantization with
        {
            Preset = new(preset, new SourcePosition("benchmark")),
            Activations = settings.Quantization.Activations with { RangeEstimator = new(new(estimator, new SourcePosition("benchmark")), null, null) },
        },
    };
}
