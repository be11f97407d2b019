using System.Globalization;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Benchmarks;

/// <summary>The table of docs/algorithm.md: what each correction does to the accuracy of plain int8, without any search.</summary>
internal static class CorrectionTable
{
    private static readonly (string Name, Func<DefaultQuantizationParameters, DefaultQuantizationParameters> Change)[] Variants =
    [
        ("default", p => p),
        ("channel_alignment: false", p => p with { ChannelAlignment = false }),
        ("use_fast_bias: false", p => p with { UseFastBias = false }),
        ("apply_for_all_nodes", p => p with { ApplyForAllNodes = true }),
        ("use_layerwise_tuning", p => p with { UseLayerwiseTuning = true }),
        ("tuning and mse, what the fast search tries", p => p with { UseLayerwiseTuning = true, Activations = p.Activations with { RangeEstimator = new(new("mse", default), null, null) } }),
        ("full bias and tuning", p => p with { UseLayerwiseTuning = true, UseFastBias = false }),
        ("cross_layer_equalization", p => p with { CrossLayerEqualization = true }),
        ("smooth_quant: 0.5", p => p with { SmoothQuantAlpha = new(0.5, default) }),
        ("saturation_fix: first_layer", p => p with { SaturationFix = new(SaturationFix.FirstLayer, default) }),
        ("saturation_fix: all", p => p with { SaturationFix = new(SaturationFix.All, default) }),
        ("no bias correction", p => p with { Threshold = new(0, default) }),
    ];

    /// <param name="folder">Where the cases are.</param>
    /// <param name="names">Parts of the manifests' paths, and after a = parts of the columns' names; all without any.</param>
    /// <param name="output">Where the table goes.</param>
    public static int Print(string folder, string[] names, TextWriter output)
    {
        string[] columns = [.. names.Where(n => n.StartsWith('=')).Select(n => n[1..])];
        names = [.. names.Where(n => !n.StartsWith('='))];
        var variants = Variants.Where(v => columns.Length == 0 || columns.Any(c => v.Name.Contains(c, StringComparison.Ordinal))).ToArray();
        var manifests = Directory.EnumerateFiles(folder, "quantize*.yaml", SearchOption.AllDirectories)
            .Where(path => names.Length == 0 || names.Any(name => path.Contains(name, StringComparison.Ordinal))).Order(StringComparer.Ordinal);
        output.WriteLine($"| case | float | {string.Join(" | ", variants.Select(v => v.Name))} |");
        output.WriteLine($"|---|---|{string.Concat(variants.Select(_ => "---|"))}");
        foreach (var path in manifests)
        {
            var file = Path.GetFileNameWithoutExtension(path);
            output.Write($"| {Path.GetFileName(Path.GetDirectoryName(path))}{(file == "quantize" ? "" : $" ({file["quantize.".Length..]})")} ");
            Row(ManifestReader.Read(path), variants.Select(v => v.Change), output);
        }
        return 0;
    }

    private static void Row(QuantizationManifest manifest, IEnumerable<Func<DefaultQuantizationParameters, DefaultQuantizationParameters>> changes, TextWriter output)
    {
        var storeFolder = Directory.CreateTempSubdirectory("quantize-bench-").FullName;
        try
        {
            var (validation, metric) = (DataSource.Open(manifest.Validation!), MetricFactory.Create(manifest.Metrics[0]));
            var samples = SampleStream.Read(validation, [.. Enumerable.Range(0, validation.Count)], 0, CancellationToken.None).ToArray();
            var prepared = ModelPreparation.Prepare(OnnxModel.Load(manifest.Model.Value));
            Cell(Evaluate(SerializedModel.Of(File.ReadAllBytes(manifest.Model.Value)), samples, metric), output);
            foreach (var change in changes)
            {
                var settings = manifest.Compression with { Quantization = change(manifest.Compression.Quantization) };
                var passes = new CachedCalibration(manifest with { Compression = settings }, new ContentStore(storeFolder), 0, (_, _) => { }, CancellationToken.None);
                var calibrated = DefaultQuantization.Calibrate(prepared, QuantizerPlacement.Place(prepared, settings), settings, passes);
                Cell(Evaluate(DefaultQuantization.Quantize(calibrated, settings, passes).Build(Configuration.FullyQuantized), samples, metric), output);
            }
            output.WriteLine("|");
        }
        catch (QuantizeException e)
        {
            output.WriteLine($"| {e.Message}");
        }
        finally
        {
            Directory.Delete(storeFolder, recursive: true);
        }
    }

    private static void Cell(double value, TextWriter output)
    {
        output.Write($"| {value.ToString("0.0000", CultureInfo.InvariantCulture)} ");
        output.Flush();
    }

    private static double Evaluate(SerializedModel model, Sample[] samples, IMetric metric)
    {
        using var session = ModelSession.Create(model, "evaluated");
        var contributions = new double[samples.Length][];
        Parallel.For(0, samples.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            contributions[i] = metric.Observe(new MetricInput(session.Run(samples[i].Inputs), session.Outputs[0].Name, samples[i].Label, null)));
        return metric.Aggregate(contributions);
    }
}
