using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>A real model with real data from its manifest to the published file.</summary>
[TestClass]
public sealed class CasePipelineTests
{
    [TestMethod]
    public void Run_Cifar10Resnet8_IsWithinItsBudgetAndAtItsFloatMetric()
    {
        using var folder = new TemporaryFolder();
        var manifest = ManifestReader.Read(Cases.PathOf("cifar10_resnet8", "quantize.yaml"));
        RunReport Run() => QuantizationPipeline.Run(manifest, new RunOptions
        {
            OutputDirectory = folder.File("out"),
            ReportDirectory = folder.File("report"),
            CacheDirectory = folder.File("store"),
            MeasureLatency = false,
        }, new Progress<RunEvent>(), default);

        var report = Run();
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual(0.881, report.Metrics[0].Baseline, 1e-12, "the case's float metric, measured by an evaluator that is not the product");
        Assert.AreEqual(1000, report.Metrics[0].Samples);
        Assert.IsLessThanOrEqualTo(0.005 + 1e-12, report.Metrics[0].Baseline - report.Metrics[0].Quantized);
        Assert.IsGreaterThanOrEqualTo(10, report.Layers.Quantized, "9 Conv and 1 Gemm");
        Assert.IsTrue(File.Exists(report.Output!.Path));

        var again = Run();
        Assert.AreEqual(report.Output.Sha256, again.Output!.Sha256);
        Assert.AreEqual(0, again.Evaluations.Samples);
    }
}
