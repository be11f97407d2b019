using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Pipeline;
using static QuantizeTasks.Tests.Plugins.TestPlugins;

namespace QuantizeTasks.Tests.Plugins;

/// <summary>Whole runs with plug-ins.</summary>
[TestClass]
public sealed class PluginPipelineTests
{
    [TestMethod]
    public void Run_MetricOfTheUsersOwn_IsGatedAsTheBuiltInOneThatComputesTheSame()
    {
        using var project = new PipelineProject();
        var builtIn = project.Run(project.Manifest());
        var own = project.Run(project.Manifest(edit: m => m with { Metrics = [MetricEntry("Hits")] }));

        Assert.AreEqual(RunStatus.WithinBudget, own.Status);
        var (expected, metric) = (builtIn.Metrics.Single(), own.Metrics.Single());
        Assert.AreEqual("my Hits", metric.Name);
        Assert.AreEqual((expected.Baseline, expected.Quantized, expected.Drop), (metric.Baseline, metric.Quantized, metric.Drop));
        Assert.AreEqual(builtIn.Output!.Sha256, own.Output!.Sha256);

        Assert.AreEqual(0, project.Run(project.Manifest(edit: m => m with { Metrics = [MetricEntry("Hits")] })).Evaluations.Samples, "everything is known");
    }

    /// <summary>Layers are ranked by how far outputs are from the float model's; the verdict is the metric's.</summary>
    [TestMethod]
    public void Run_MetricOfAWholeSet_RanksByOutputsAndIsGatedByItself()
    {
        using var project = new PipelineProject();
        var builtIn = project.Run(project.Manifest(maximalDrop: 0));
        var own = project.Run(project.Manifest(maximalDrop: 0, edit: m => m with { Metrics = [MetricEntry("HitsOfAll", ("ranking", "cosine"))] }));
        Assert.AreEqual("cosine", project.Events.OfType<RankingFinished>().First().Metric);
        Assert.AreEqual(RunStatus.WithinBudget, own.Status);
        Assert.AreEqual((builtIn.Metrics[0].Baseline, builtIn.Metrics[0].FullyQuantized), (own.Metrics[0].Baseline, own.Metrics[0].FullyQuantized));
        Assert.AreEqual("my HitsOfAll", own.Metrics.Single().Name);
        Assert.IsNotEmpty(own.Layers.Reverted);
        CollectionAssert.AreEqual(builtIn.Layers.Reverted.ToArray(), own.Layers.Reverted.ToArray());
    }

    [TestMethod]
    public void Run_LoaderOfTheUsersOwn_CalibratesAndValidates()
    {
        using var project = new PipelineProject();
        var source = Source("Noise", ("count", 24L));
        var report = project.Run(project.Manifest(maximalDrop: 1, edit: m => m with { Validation = source, Calibration = source }));
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual(24, report.Metrics.Single().Samples);
    }

    [TestMethod]
    public void Run_SlicesOfAMetricOfTheUsersOwn_HaveBudgets()
    {
        using var project = new PipelineProject();
        var source = Source("Noise", ("count", 24L));
        var slices = System.Collections.Immutable.ImmutableSortedDictionary<string, QuantizeTasks.Manifest.Located<double>>.Empty.Add("even", new(1, At));
        var report = project.Run(project.Manifest(maximalDrop: 1, edit: m => m with { Validation = source, Calibration = source, Metrics = [MetricEntry("Hits") with { Slices = slices }] }));
        CollectionAssert.AreEqual(new[] { "my Hits", "my Hits [slice even]" }, report.Metrics.Select(x => x.Name).ToArray());
        Assert.IsGreaterThan(report.Metrics[0].Baseline, report.Metrics[1].Baseline, "none of the odd ones is a hit");
    }

    [TestMethod]
    [DataRow("nan", DiagnosticCodes.MetricNotFinite)]
    [DataRow("throws", DiagnosticCodes.PluginFailed)]
    [DataRow("cancels", DiagnosticCodes.PluginFailed)]
    [DataRow("lengths", DiagnosticCodes.PluginContract)]
    public void Run_BrokenMetric_PublishesNothing(string how, string code)
    {
        using var project = new PipelineProject();
        Fails(code, () => project.Run(project.Manifest(edit: m => m with { Metrics = [MetricEntry("Broken", ("how", how))] })));
        Assert.IsFalse(File.Exists(project.OutputPath));
    }

    [TestMethod]
    public void InputFiles_PluginsAreAmongThem()
    {
        using var project = new PipelineProject();
        CollectionAssert.Contains(RunInputs.Files(project.Manifest(edit: m => m with { Metrics = [MetricEntry("Hits")] })).ToArray(), TestPlugins.Library);
    }
}
