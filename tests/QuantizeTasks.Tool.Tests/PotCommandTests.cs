using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests;

/// <summary><c>pot</c> and <c>import</c>: the original's options, its conflicts and its output folders. The quantizer is scripted.</summary>
[TestClass]
public sealed class PotCommandTests : IDisposable
{
    private readonly ToolRun _tool = new();

    public PotCommandTests()
    {
        File.Copy(Path.Combine(Repository.Root, "samples", "GaugeReader", "models", "gauge.onnx"), _tool.PathOf("model.onnx"));
        _tool.Write("images/a.txt", "");
        _tool.Write("val.txt", "a.png 1\n");
        _tool.Write("checker.yml", """
            launchers: [{ framework: onnx_runtime, adapter: classification }]
            datasets:
              - data_source: images
                annotation_conversion: { converter: imagenet, annotation_file: val.txt }
                metrics: [{ type: accuracy }]
            """);
        _tool.Write("pot.json", """
            {
              "model": { "model_name": "tiny", "model": "model.onnx" },
              "engine": { "config": "checker.yml" },
              "compression": { "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "maximal_drop": 0.01 } } ] } // the budget
            }
            """);
    }

    public void Dispose() => _tool.Dispose();

    [TestMethod]
    public void Pot_Configuration_WritesTheOriginalsFolders()
    {
        Assert.AreEqual(0, _tool.Run("pot", "-c", "pot.json"), _tool.Error);
        var folder = Directory.GetDirectories(_tool.PathOf("results/tiny_AccuracyAwareQuantization")).Single();
        StringAssert.Matches(Path.GetFileName(folder), new(@"^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$"));
        Assert.IsTrue(File.Exists(Path.Combine(folder, "optimized", "tiny.onnx")));
        Assert.AreEqual(_tool.Out.Trim(), File.ReadAllText(Path.Combine(folder, "log.txt")).Trim(), "the log has the console's lines");
        Assert.AreNotEqual("", _tool.Out.Trim());
    }

    [TestMethod]
    public void Pot_DirectDump_WritesIntoTheFolderItself()
    {
        Assert.AreEqual(0, _tool.Run("pot", "-c", "pot.json", "--output-dir", "bin", "-d", "-e", "--keep-uncompressed-weights", "--log-level", "WARNING"), _tool.Error);
        Assert.IsTrue(File.Exists(_tool.PathOf("bin/optimized/tiny.onnx")));
        StringAssert.Contains(_tool.Out, "accuracy@top1           : 0.7");
        StringAssert.Contains(_tool.Error, "weights are stored in int8");
        StringAssert.Contains(File.ReadAllText(_tool.PathOf("bin/log.txt")), "weights are stored in int8");
    }

    [TestMethod]
    public void Pot_Quantize_TakesTheOriginalsTemplates()
    {
        Assert.AreEqual(0, _tool.Run("pot", "-q", "default", "--preset", "mixed", "-m", "model.onnx", "-w", "model.onnx", "-n", "gauge", "--engine", "simplified", "--data-source", "images", "-d"), _tool.Error);
        Assert.IsTrue(File.Exists(_tool.PathOf("results/optimized/gauge.onnx")));
        var manifest = _tool.Manifest!;
        Assert.AreEqual(("mixed", 300, false), (manifest.Compression.Quantization.Preset!.Value, manifest.Compression.Quantization.StatSubsetSize!.Value, manifest.Compression.IsAccuracyAware));
        Assert.IsTrue(File.Exists(_tool.PathOf("results/config.json")), "what the options amount to is kept");

        Assert.AreEqual(0, _tool.Run("pot", "-q", "accuracy_aware", "--max-drop", "0.02", "-m", "model.onnx", "--ac-config", "checker.yml", "-d"), _tool.Error);
        Assert.AreEqual((0.02, true, "accuracy@top1"), (_tool.Manifest!.Compression.Accuracy.MaximalDrop!.Value, _tool.Manifest.Compression.IsAccuracyAware, _tool.Manifest.Metrics.Single().Name.Value));
    }

    [TestMethod]
    public void Pot_MissedBudget_KeepsTheIntermediateModelAndNoOther()
    {
        _tool.Pipeline = (manifest, options, events) =>
        {
            var best = Path.Combine(options.ReportDirectory, "best.int8.onnx");
            Directory.CreateDirectory(options.ReportDirectory);
            File.WriteAllText(best, "best");
            return ToolRun.Miss(manifest, options, events) with { BestSoFar = best };
        };
        Assert.AreEqual(ExitCodes.BudgetExceeded, _tool.Run("pot", "-c", "pot.json", "-d"));
        Assert.AreEqual("best", File.ReadAllText(_tool.PathOf("results/accuracy_aware_intermediate/intermediate_model.onnx")));
        Assert.IsFalse(Directory.Exists(_tool.PathOf("results/optimized")));
        StringAssert.Contains(_tool.Error, "QTZ2001: ");
        StringAssert.Contains(_tool.Error, "pot.json(4,103)", "the budget's place");
    }

    [TestMethod]
    [DataRow("pot", "Give either -c, a configuration, or -q, what to do.")]
    [DataRow("pot -c pot.json -q default", "Give either -c, a configuration, or -q, what to do.")]
    [DataRow("pot -c pot.json -m model.onnx --preset mixed", "--preset goes with -q")]
    [DataRow("pot -c pot.json --ac-config checker.yml", "--ac-config goes with -q")]
    [DataRow("pot -q default --engine simplified --data-source images", "-q needs -m")]
    [DataRow("pot -q default -m model.onnx", "-q needs --ac-config, or --engine simplified.")]
    [DataRow("pot -q default -m model.onnx --engine simplified", "--engine simplified needs --data-source.")]
    [DataRow("pot -q default -m model.onnx --engine simplified --data-source images -e", "--evaluate needs a metric")]
    [DataRow("pot -q accuracy_aware -m model.onnx --engine simplified --data-source images --max-drop 0.1", "needs a metric")]
    [DataRow("pot -q accuracy_aware -m model.onnx --ac-config checker.yml", "-q accuracy_aware needs --max-drop.")]
    [DataRow("pot -q default -m model.onnx --ac-config checker.yml --max-drop 0.1", "--max-drop goes with -q accuracy_aware.")]
    [DataRow("pot -q default -m model.onnx --ac-config checker.yml -n ../x", "has no '/'")]
    [DataRow("pot -q fast -m model.onnx", "default")]
    public void Pot_ConflictingOptions_AreUsageErrors(string arguments, string message)
    {
        Assert.AreEqual(ExitCodes.Usage, _tool.Run(arguments.Split(' ')));
        StringAssert.Contains(_tool.Error, message);
        Assert.IsFalse(Directory.Exists(_tool.PathOf("results")));
    }

    [TestMethod]
    public void Pot_OpenVinoModel_SaysHowToGetOnnx()
    {
        Assert.AreEqual(2, _tool.Run("pot", "-q", "default", "-m", "model.xml", "-w", "model.bin", "--engine", "simplified", "--data-source", "images"));
        StringAssert.Contains(_tool.Error, "error QTZ1031: ");
        StringAssert.Contains(_tool.Error, "torch.onnx.export");
    }

    [TestMethod]
    public void Run_PotConfiguration_IsAManifest()
    {
        Assert.AreEqual(0, _tool.Run("run", "pot.json", "--maximal-drop", "0.03"), _tool.Error);
        Assert.AreEqual(0.03, _tool.Manifest!.Compression.Accuracy.MaximalDrop!.Value);
        Assert.IsTrue(File.Exists(_tool.PathOf("tiny.int8.onnx")));
    }

    [TestMethod]
    public void Import_StandardOutput_IsTheManifest()
    {
        Assert.AreEqual(0, _tool.Run("import", "pot.json"), _tool.Error);
        StringAssert.StartsWith(_tool.Out, "# The same as pot.json");
        StringAssert.Contains(_tool.Out, "\nmodel: model.onnx    # The float ONNX model\n");
        Assert.AreEqual("", _tool.Error);
    }

    [TestMethod]
    public void Import_File_IsWrittenOnceAndRuns()
    {
        Assert.AreEqual(0, _tool.Run("import", "pot.json", "-o", "imported.yaml"), _tool.Error);
        Assert.AreEqual(0, _tool.Run("run", "imported.yaml"), _tool.Error);
        Assert.AreEqual(ExitCodes.Usage, _tool.Run("import", "pot.json", "-o", "imported.yaml"));
        StringAssert.Contains(_tool.Error, "--force overwrites it.");
        Assert.AreEqual(0, _tool.Run("import", "pot.json", "-o", "imported.yaml", "--force"));
    }

    [TestMethod]
    public void Import_WrongConfiguration_WritesNoFile()
    {
        _tool.Write("pot.json", "{ \"model\": { \"model\": \"model.onnx\", } }");
        Assert.AreEqual(2, _tool.Run("import", "pot.json", "-o", "imported.yaml"));
        StringAssert.Contains(_tool.Error, "'engine' is missing");
        Assert.IsFalse(File.Exists(_tool.PathOf("imported.yaml")));
    }
}
