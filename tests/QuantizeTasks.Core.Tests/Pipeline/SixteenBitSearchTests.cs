using System.Text.Json.Nodes;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Reporting;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>On GNA a search is between 8 and 16 bits: the baseline is the model in 16 bits, and what is reverted gets 16 bits.</summary>
[TestClass]
public sealed class SixteenBitSearchTests
{
    private const int Depth = 6;
    private const double Drop = 0.05;

    [TestMethod]
    [DataRow("GNA", SearchStrategy.Fast)]
    [DataRow("GNA", SearchStrategy.Greedy)]
    [DataRow("GNA3", SearchStrategy.Fast)]
    [DataRow("GNA3", SearchStrategy.Greedy)]
    public void Run_OneLayerWhoseWeightsNeed16Bits_GetsThemAlone(string device, SearchStrategy strategy)
    {
        using var project = new PipelineProject(Network(4));
        var report = Run(project, On(project, device, strategy));
        Assert.IsGreaterThan(Drop, report.Search[0].Drops[0], "8 bits must miss the budget, or this tests nothing");
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        CollectionAssert.Contains(report.Layers.Reverted.ToArray(), "conv4");
        Assert.AreEqual("16 bits", report.Layers.RevertedTo);
        Assert.AreEqual(("16 bits", "returned to 16 bits by the search"), report.Layers.Details.Where(d => d.Name == "conv4").Select(d => (d.Decision, d.Reason)).Single());
        Assert.AreEqual("16 bits", report.SearchDetails!.Changed.Single(c => c.Layers.Contains("conv4")).State);
        StringAssert.Contains(report.Search[^1].Action + report.Search[1].Action, "in 16 bits");
        StringAssert.Contains(Summary.Line(report), $"{report.Layers.Reverted.Length} of {report.Layers.Quantizable} layers 16 bits");
        if (strategy == SearchStrategy.Fast)
            Assert.HasCount(1, report.Layers.Reverted);

        var weights = Weights(project);
        foreach (var (layer, type) in weights)
            Assert.AreEqual(report.Layers.Reverted.Contains(layer) ? (int)DataType.Int16 : (int)DataType.Int8, type, layer);
        Assert.AreEqual("16 bits", Entry(project)["decision"]!["groups"]!["conv4"]!.GetValue<string>());
        Assert.AreEqual("16 bits", project.Events.OfType<BaselineMeasured>().Single().Model);
        Assert.IsTrue(project.Events.OfType<StageStarted>().Any(s => s.Description.StartsWith("Evaluating the 16-bit model on", StringComparison.Ordinal)));
    }

    /// <summary>POT: the baseline is the model quantized with the preset accuracy.</summary>
    [TestMethod]
    [DataRow("GNA")]
    [DataRow("GNA3.5")]
    public void Run_Baseline_IsTheModelOfThePresetAccuracy(string device)
    {
        // Labels of another network, so that the float model and the one in 16 bits answer many wrongly, and not the same ones.
        using var project = new PipelineProject(Network(4));
        using var other = new PipelineProject(Network(2));
        File.Copy(other.File("labels.npy"), project.File("labels.npy"), overwrite: true);
        var accurate = Run(project, On(project, device, edit: c => c with { IsAccuracyAware = false, Quantization = c.Quantization with { Preset = At("accuracy") }, Accuracy = new() }, metric: "log_loss"));
        var searched = Run(project, On(project, device, drop: 1e9, metric: "log_loss"));
        Assert.AreEqual(accurate.Metrics[0].Quantized, searched.Metrics[0].Baseline);
        Assert.AreNotEqual(accurate.Metrics[0].Baseline, searched.Metrics[0].Baseline, "the float model's");
    }

    [TestMethod]
    public void Run_LockedDecision_IsReproducedWithoutASearch()
    {
        using var project = new PipelineProject(Network(4));
        var first = Run(project, On(project, "GNA"));
        Directory.Delete(project.StorePath, recursive: true);
        var second = Run(project, On(project, "GNA"));
        Assert.AreEqual("matched", second.Lock!.State);
        Assert.AreEqual("", string.Join("\n", project.Events.OfType<DiagnosticRaised>().Where(d => d.Diagnostic.Code is DiagnosticCodes.LockNotReproduced or DiagnosticCodes.LockFileOutdated).Select(d => d.Diagnostic.Message)));
        CollectionAssert.AreEqual(first.Layers.Reverted.ToArray(), second.Layers.Reverted.ToArray());
        Assert.AreEqual(first.Output!.Sha256, second.Output!.Sha256);
        Assert.AreEqual(0, second.Iterations);
    }

    /// <summary>A lock file may say float, from another device; here that means 16 bits, and nothing for what has no weights.</summary>
    [TestMethod]
    public void Run_LockedDecisionOfAnotherDevice_MeansWhatThereIsHere()
    {
        using var project = new PipelineProject(Network(4));
        Run(project, On(project, "GNA"));
        var path = project.File("quantize.lock.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"16 bits\"", "\"float\"", StringComparison.Ordinal));
        var report = Run(project, On(project, "GNA"));
        CollectionAssert.AreEqual(new[] { "conv4" }, report.Layers.Reverted.ToArray());
    }

    [TestMethod]
    public void Run_Independent_TriesOneOfBothFirst()
    {
        using var project = new PipelineProject(Network(4));
        var report = Run(project, On(project, "GNA3.5"));
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual("16-bit weights", report.SearchDetails!.Changed.Single(c => c.Layers.Contains("conv4")).State, "its activations are as good in 8 bits");
        Assert.AreEqual((int)DataType.Int16, Weights(project)["conv4"]);
    }

    /// <summary>With everything in 16 bits there is nothing to search, and a comparison with itself would prove nothing.</summary>
    [TestMethod]
    [DataRow(0.5, RunStatus.WithinBudget)]
    [DataRow(-0.5, RunStatus.BudgetExceeded)]
    public void Run_PresetAccuracy_IsJudgedAsItIsAgainstTheFloatModel(double drop, RunStatus status)
    {
        using var project = new PipelineProject(Network(4));
        var report = Run(project, On(project, "GNA", drop: drop, edit: c => c with { Quantization = c.Quantization with { Preset = At("accuracy") } }));
        Assert.AreEqual(status, report.Status);
        Assert.AreEqual(0, report.Iterations);
        Assert.AreEqual(1.0, report.Metrics[0].Baseline, "labels are the float model's answers");
        var warning = project.Events.OfType<DiagnosticRaised>().Single(d => d.Diagnostic.Message.Contains("nothing to search", StringComparison.Ordinal)).Diagnostic;
        Assert.AreEqual(DiagnosticCodes.DeviceCannot, warning.Code);
        Assert.AreEqual(status == RunStatus.WithinBudget, File.Exists(project.OutputPath));
    }

    [TestMethod]
    public void EveryDeviceWithoutFloat_IsOneWithRulesOfItsOwn()
    {
        foreach (var name in DeviceNames.All)
            Assert.AreEqual(DeviceCatalogue.Find(At(name)).Reversion != Reversion.Float, DeviceNames.IsGna(name), name);
    }

    private static RunReport Run(PipelineProject project, QuantizationManifest manifest) => project.Run(manifest, options: o => o with { LockFile = project.File("quantize.lock.json") });

    private static Located<string> At(string value) => new(value, new SourcePosition("test.yaml", 1, 1));

    private static QuantizationManifest On(
        PipelineProject project, string device, SearchStrategy strategy = SearchStrategy.Fast, double drop = Drop, Func<CompressionSettings, CompressionSettings>? edit = null, string metric = "accuracy@top1") =>
        project.Manifest(drop, edit: m =>
        {
            var compression = m.Compression with { TargetDevice = At(device), Accuracy = m.Compression.Accuracy with { Search = strategy } };
            var parameters = m.Metrics[0].Parameters;
            return m with
            {
                Compression = edit is null ? compression : edit(compression),
                Metrics = [m.Metrics[0] with { Name = At(metric), Parameters = metric == "log_loss" ? parameters.Add("scores", new("logits", default)) : parameters }],
            };
        });

    private static Dictionary<string, int> Weights(PipelineProject project) => OnnxModel.Load(project.OutputPath).Graph.Initializers
        .Where(i => i.Name.EndsWith("/weights", StringComparison.Ordinal)).ToDictionary(i => i.Name[..^"/weights".Length], i => i.DataType);

    private static JsonNode Entry(PipelineProject project) => JsonNode.Parse(File.ReadAllText(project.File("quantize.lock.json")))!["entries"]![0]!;

    /// <summary>
    /// A row of convolutions and a classifier. What the planted one reads in its first channel is a hundredth of the other channels and its weights for that are as much larger: the same function in float, but
    /// with 8 bits for all weights of an output channel nothing is left of the others.
    /// </summary>
    private static OnnxModel Network(int planted) =>
        PlantedNetwork.Create(Depth, i => i == planted ? 100f : null, (i, from, _) => i == planted && from == 0 ? 100f : 1f);
}
