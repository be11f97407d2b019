using System.Security.Cryptography;
using System.Text.RegularExpressions;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Real image classifiers, on the first of their images: an equivalent configuration of the Post-training Optimization Tool ends as the case's quantize.yaml with that tool's defaults does, byte for byte.</summary>
[TestClass]
public sealed partial class PotCasesTests
{
    private const int ValidationImages = 40;
    private const int CalibrationImages = 12;
    private const string MobileNet = """{ "type": "bgr_to_rgb" }, { "type": "normalization", "mean": "128,128,128", "std": [127, 127, 127] }""";

    [TestMethod]
    [DataRow("cifar10_resnet8", "quantize.yaml", "csv", "\"pillow_imread\"", "", "\"maximal_drop\": 0.005")]
    [DataRow("imagenet_mobilenetv2", "quantize.yaml", "imagenet", "\"opencv_imread\"", MobileNet, "\"maximal_drop\": 0.005")]
    [DataRow("imagenet_mobilenetv2", "quantize.pertensor.yaml", "imagenet", "\"opencv_imread\"", MobileNet, "\"maximal_drop\": 0.01, \"weights\": { \"granularity\": \"pertensor\" }")]
    [DataRow("fer2013_minixception", "quantize.yaml", "imagenet", "{ \"type\": \"opencv_imread\", \"reading_flag\": \"gray\" }", """{ "type": "normalization", "mean": 127.5, "std": 127.5 }""", "\"maximal_drop\": 0.005")]
    public void Run_CaseAsPotConfigurationAndItsImport_GiveTheSameBytes(string name, string manifest, string converter, string reader, string preprocessing, string parameters)
    {
        using var folder = new TemporaryFolder();
        var images = Copy(name, "val", ValidationImages, folder);
        Copy(name, "calib", CalibrationImages, folder);
        var labels = File.ReadLines(Cases.PathOf(name, "val.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(fields => fields[0], fields => fields[1], StringComparer.Ordinal);
        File.WriteAllText(folder.File("val.csv"), "file,label\n" + string.Concat(images.Select(i => $"{i},{labels[i]}\n")));
        File.WriteAllText(folder.File("val.txt"), string.Concat(images.Select(i => $"{i} {labels[i]}\n")));
        File.WriteAllText(folder.File("quantize.yaml"), MaxIterNum().Replace(ModelLine().Replace(File.ReadAllText(Cases.PathOf(name, manifest)), $"model: {Cases.Model(name)}"), "max_iter_num: 2\n        threshold: 2\n        saturation_fix: first_layer"));
        File.WriteAllText(folder.File("quantize.json"), $$"""
            {
              "model": { "model_name": "{{name}}", "model": "{{Cases.Model(name)}}" },
              "engine": {
                "type": "accuracy_checker",
                "launchers": [ { "framework": "dlsdk", "adapter": "classification" } ],
                "datasets": {
                  "optimization": { "data_source": "calib", "reader": {{reader}}, "preprocessing": [ {{preprocessing}} ] },
                  "evaluation": {
                    "data_source": "val", "reader": {{reader}}, "preprocessing": [ {{preprocessing}} ],
                    "annotation_conversion": { "converter": "{{converter}}", "annotation_file": "{{(converter == "csv" ? "val.csv" : "val.txt")}}" },
                    "metrics": [ { "name": "accuracy@top1", "type": "accuracy", "top_k": 1 } ]
                  }
                }
              },
              "compression": {
                "target_device": "CPU",
                "algorithms": [ { "name": "AccuracyAwareQuantization", "params": {
                  "preset": "performance", "stat_subset_size": {{(name == "imagenet_mobilenetv2" ? 128 : 300)}}, {{parameters}}, "drop_type": "absolute", "max_iter_num": 2, "ranking_subset_size": 300,
                } } ]
              }
            }
            """);

        var expected = Run(folder, "quantize.yaml");
        var actual = Run(folder, "quantize.json");

        Assert.AreEqual(expected.Report.Status, actual.Report.Status);
        Assert.AreEqual(expected.Report.Metrics[0].Baseline, actual.Report.Metrics[0].Baseline);
        Assert.AreEqual(expected.Report.Metrics[0].Quantized, actual.Report.Metrics[0].Quantized);
        Assert.AreEqual(ValidationImages, actual.Report.Metrics[0].Samples);
        Assert.AreEqual(expected.Bytes, actual.Bytes);

        File.WriteAllText(folder.File("imported.yaml"), ManifestFile.ImportPot(folder.File("quantize.json"), folder.Path));
        var imported = Run(folder, "imported.yaml", store: "quantize.json");
        Assert.AreEqual(ManifestDump.Of(ManifestFile.Read(folder.File("quantize.json"))), ManifestDump.Of(ManifestFile.Read(folder.File("imported.yaml"))));
        Assert.AreEqual(expected.Report.Metrics[0].Quantized, imported.Report.Metrics[0].Quantized);
        Assert.AreEqual(expected.Bytes, imported.Bytes);
    }

    private static string[] Copy(string name, string images, int count, TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder.File(images));
        string[] names = [.. Directory.EnumerateFiles(Cases.PathOf(name, images)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal).Take(count)];
        foreach (var image in names)
            File.Copy(Path.Combine(Cases.PathOf(name, images), image), folder.File(images, image));
        return names;
    }

    /// <summary>The record of a run, and the hash of the published model or, where the few images let none pass, of the best one.</summary>
    private static (RunReport Report, string Bytes) Run(TemporaryFolder folder, string manifest, string? store = null)
    {
        var report = QuantizationPipeline.Run(ManifestFile.Read(folder.File(manifest)), new RunOptions
        {
            OutputDirectory = folder.File(manifest + ".out"),
            ReportDirectory = folder.File(manifest + ".report"),
            CacheDirectory = folder.File((store ?? manifest) + ".store"),
            MeasureLatency = false,
        }, new Progress<RunEvent>(), default);
        return (report, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(report.Output?.Path ?? report.BestSoFar!))));
    }

    [GeneratedRegex("^model: .*$", RegexOptions.Multiline)]
    private static partial Regex ModelLine();

    [GeneratedRegex("max_iter_num: [0-9]+")]
    private static partial Regex MaxIterNum();
}
