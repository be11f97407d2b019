using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pot;

/// <summary>The quantize.yaml that import writes says the same as the configuration, and does the same.</summary>
[TestClass]
public sealed partial class PotImportTests : IDisposable
{
    private const string Configuration = """
        {
          "model": { "model_name": "tiny", "model": "model.onnx" },
          "engine": {
            "launchers": [ { "framework": "dlsdk", "adapter": "classification" } ],
            "datasets": [ {
              "data_source": "images", "reader": "pillow_imread",
              "annotation_conversion": { "converter": "imagenet", "annotation_file": "val.txt" },
              "preprocessing": [
                { "type": "resize", "size": 16 },
                { "type": "normalization", "mean": [1e-3, 116.28, 103.53], "std": 57.12 }
              ],
              "metrics": [ { "name": "top2", "type": "accuracy", "top_k": 2 } ]
            } ]
          },
          "compression": {
            "target_device": "CPU", "model_type": null,
            "algorithms": [ { "name": "AccuracyAwareQuantization", "params": {
              "metrics": [ { "name": "top2", "baseline_value": 0.5 } ],
              "maximal_drop": 0.9, "stat_subset_size": 8, "ranking_subset_size": 300,
              "ignored": { "scope": [ "it's a \"name\"\u0001: #1", "yes", "12" ], "operations": [ { "type": "Add", "attributes": { "axis": 1, "axes": [1, 2], "name": "1" } } ] },
              "activations": { "range_estimator": { "preset": "quantile", "max": { "clipping_value": 6.0 } } }
            } } ]
          }
        }
        """;

    private readonly PotProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("", DisplayName = "beside the configuration")]
    [DataRow("elsewhere/deeper", DisplayName = "in another folder")]
    public void Import_AnyFolder_GivesTheSameManifest(string folder)
    {
        // The control character is what a name may not have; the rest of it may be anything.
        var json = Configuration.Replace("\\u0001", "", StringComparison.Ordinal);
        var original = _project.Read(json);
        var text = ManifestFile.ImportPot(_project.Path("pot.json"), _project.Path(folder));
        _project.Write(Path.Combine(folder, "quantize.yaml"), text);
        var imported = ManifestFile.Read(_project.Path(folder, "quantize.yaml"));

        Assert.AreEqual(ManifestDump.Of(original), ManifestDump.Of(imported), text);
        StringAssert.Contains(ManifestDump.Of(original), "it's a \"name\": #1");
        // Its own defaults, which those of a manifest are not.
        StringAssert.Contains(text, "threshold: 2 ");
        StringAssert.Contains(text, "saturation_fix: first_layer\n");
    }

    [TestMethod]
    public void Import_WhatChangesNothing_IsNamedInAComment()
    {
        _project.Write("pot.json", Configuration.Replace("\\u0001", "", StringComparison.Ordinal));
        var text = ManifestFile.ImportPot(_project.Path("pot.json"), _project.Path());
        StringAssert.Contains(text, "#   launchers[0].framework: ");
        StringAssert.Contains(text, "maximal_drop: 0.9    # The budget");
        StringAssert.DoesNotMatch(text, AbsolutePath(), "nothing of this machine");
    }

    [TestMethod]
    public void Import_WrongConfiguration_WritesNothing()
    {
        _project.Write("pot.json", Configuration);
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestFile.ImportPot(_project.Path("pot.json"), _project.Path()));
        StringAssert.Contains(error.Message, "control character");
    }

    [TestMethod]
    public void Run_ConfigurationAndItsImport_GiveTheSameBytes()
    {
        var json = Configuration.Replace(Configuration[Configuration.IndexOf("\"ignored\"", StringComparison.Ordinal)..Configuration.IndexOf("\"activations\"", StringComparison.Ordinal)], "", StringComparison.Ordinal);
        var original = Run(_project.Read(json), "a");
        _project.Write("quantize.yaml", ManifestFile.ImportPot(_project.Path("pot.json"), _project.Path()));
        var imported = Run(ManifestFile.Read(_project.Path("quantize.yaml")), "b");

        Assert.AreEqual(original.Output!.Sha256, imported.Output!.Sha256);
        Assert.AreEqual(original.Metrics[0].Quantized, imported.Metrics[0].Quantized);
        Assert.AreEqual(PotProject.Images, imported.Metrics[0].Samples);
    }

    private RunReport Run(QuantizationManifest manifest, string folder) => QuantizationPipeline.Run(manifest, new RunOptions
    {
        OutputDirectory = _project.Path(folder),
        ReportDirectory = _project.Path(folder, "report"),
        CacheDirectory = _project.Path(folder, "store"),
        MeasureLatency = false,
    }, new Progress<RunEvent>(), default);

    [GeneratedRegex("(^| )/", RegexOptions.Multiline)]
    private static partial Regex AbsolutePath();
}
