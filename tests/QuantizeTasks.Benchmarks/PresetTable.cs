using System.Diagnostics;
using System.Globalization;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Benchmarks;

/// <summary>
/// Plain int8, without any search, with every preset and range estimator, and with the best of <c>tune_hyperparams</c>: the table of docs/benchmarks.md. One calibration pass serves a whole case. Evaluations are kept in a store below the
/// temporary folder, so that a run that was stopped goes on where it was and equal models are evaluated once.
/// </summary>
internal static class PresetTable
{
    private static readonly string[] Presets = ["performance", "mixed"];
    private static readonly string[] Estimators = ["default", "quantile", "minmax", "percentile", "mse", "entropy", "auto"];

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
        var file = ModelFile.Read(manifest.Model.Value);
        var passes = new CachedCalibration(manifest, store, 0, (_, _) => { }, CancellationToken.None);
        var calibrated = Calibrate(file, manifest, passes, name);
        var validation = ValidationSet.Open(manifest)!;
        using var models = new ModelEvaluator(EvaluatedModel.Of(file), validation.Loader, validation.Metrics, new ObservationStore(store, validation.Identity(), RuntimeLibrary.Identity, ToolVersion.Current), 0);
        int[] all = [.. Enumerable.Range(0, models.SampleCount)];
        foreach (var preset in Presets)
        {
            output.Write($"| {name} | {preset} |");
            foreach (var estimator in Estimators)
            {
                var model = DefaultQuantization.Quantize(calibrated, With(manifest.Compression, preset, estimator), passes).Build(Configuration.FullyQuantized);
                var value = models.Evaluate(EvaluatedModel.Of(model, name), all, models.WorkerCount, null, CancellationToken.None).Metrics[0].Value;
                var choice = estimator != "auto" ? "" : $" ({calibrated.Automatic!.Estimator}{(calibrated.Automatic.Preset == preset ? ", chosen" : "")})";
                output.Write($" {value.ToString("0.####", CultureInfo.InvariantCulture)}{choice} |");
                output.Flush();
            }
            output.WriteLine();
        }
        var (scheme, judgement) = Tune(file, calibrated, manifest, models, passes);
        output.WriteLine($"| {name} | tune_hyperparams: {judgement.Verdict.Metrics[0].Value.ToString("0.####", CultureInfo.InvariantCulture)}, {(scheme.Name.Length == 0 ? "the defaults" : scheme.Name)} |{string.Concat(Estimators.Select(_ => " |"))}");
    }

    /// <summary>The best of the grid on the validation set, as DefaultQuantization with <c>tune_hyperparams</c> takes it.</summary>
    private static (Scheme Scheme, Judgement Judgement) Tune(ModelFile file, CalibratedModel calibrated, QuantizationManifest manifest, ModelEvaluator models, CachedCalibration passes)
    {
        var original = EvaluatedModel.Of(file);
        var settings = Tuned(With(manifest.Compression, null, "default"));
        int[] all = [.. Enumerable.Range(0, models.SampleCount)];
        Scheme Make(string name, CompressionSettings of)
        {
            var variants = DefaultQuantization.Quantize(calibrated, of, passes);
            return new(name, of, variants, new ConfigurationEvaluator(models, original, variants));
        }

        var first = Make("", settings);
        var reference = first.Evaluator.Evaluate(Configuration.Float, all, CancellationToken.None);
        var budget = new Budget(models.Metrics, [.. reference.Metrics.Select(m => m.Value)], maximalDrop: null, DropType.Absolute);
        var evaluation = first.Evaluator.Evaluate(Configuration.FullyQuantized, all, CancellationToken.None);
        return new SchemeSearch(Make, refines: false, budget, new(reference), _ => { }).Run(first, new(Configuration.FullyQuantized, evaluation, budget.Judge(evaluation)), CancellationToken.None);
    }

    private static CompressionSettings Tuned(CompressionSettings settings) => settings with { IsAccuracyAware = false, Accuracy = settings.Accuracy with { TuneHyperparams = true } };

    private static CalibratedModel Calibrate(ModelFile file, QuantizationManifest manifest, CachedCalibration passes, string name)
    {
        var prepared = ModelPreparation.Prepare(file.Model);
        var automatic = Tuned(With(manifest.Compression, null, "auto"));
        var clock = Stopwatch.StartNew();
        var calibrated = DefaultQuantization.Calibrate(
            prepared, QuantizerPlacement.Place(prepared, manifest.Compression), automatic, passes, Estimators.Select(estimator => With(manifest.Compression, null, estimator).Quantization));
        Console.Error.WriteLine($"{name}: calibrated for all, and 'auto' decided, in {clock.Elapsed.TotalSeconds:F1} s");
        return calibrated;
    }

    private static CompressionSettings With(CompressionSettings settings, string? preset, string estimator) => settings with
    {
        Quantization = settings.Quantization with
        {
            Preset = preset is null ? null : new(preset, new SourcePosition("benchmark")),
            Activations = settings.Quantization.Activations with { RangeEstimator = new(new(estimator, new SourcePosition("benchmark")), null, null) },
        },
    };
}
