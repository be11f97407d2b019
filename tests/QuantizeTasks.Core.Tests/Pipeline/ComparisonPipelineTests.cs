using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

[TestClass]
public sealed class ComparisonPipelineTests
{
    private static readonly IProgress<RunEvent> Nobody = new Progress<RunEvent>();

    [TestMethod]
    public void Compare_FloatAndInt8_ShowsWhatChanged()
    {
        using var project = new PipelineProject();
        Assert.AreEqual(RunStatus.WithinBudget, project.Run(project.Manifest(maximalDrop: 1)).Status);
        var report = ComparisonPipeline.Compare(new() { First = project.ModelPath, Second = project.OutputPath, Data = project.Manifest(), Samples = 50 }, project.Options(), Nobody, default);

        Assert.AreEqual((4, 4), (report.First.Operators["Conv"], report.Second.Operators["Conv"]));
        Assert.IsFalse(report.First.Operators.ContainsKey("QuantizeLinear"));
        Assert.IsGreaterThan(4, report.Second.Operators["DequantizeLinear"]);
        Assert.IsGreaterThan(28000, report.Second.Stored["int8"].Elements);
        Assert.AreEqual(new FileInfo(project.OutputPath).Length, report.Second.Bytes);
        Assert.AreEqual("float[1,3,16,16]", report.First.Inputs.Single().Kind);

        var output = report.Outputs.Single();
        Assert.AreEqual((50, "y", 50L), (report.Samples, output.Name, output.Predictions));
        Assert.IsTrue(output.SignalToNoise is > 1 and < 80, $"{output.SignalToNoise} dB");
        var metric = report.Metrics.Single();
        Assert.AreEqual((1.0, PipelineProject.Samples), (metric.First, metric.Samples));
        Assert.IsLessThan(1, metric.Second);
    }

    [TestMethod]
    public void Compare_ModelWithItself_IsEqual()
    {
        using var project = new PipelineProject();
        var report = ComparisonPipeline.Compare(new() { First = project.ModelPath, Second = project.ModelPath, Data = project.Manifest() }, project.Options(), Nobody, default);
        Assert.AreEqual((double.PositiveInfinity, 1.0), (report.Outputs.Single().SignalToNoise, report.Outputs.Single().Agreement));
        Assert.AreEqual(PipelineProject.Samples, report.Samples);
    }

    [TestMethod]
    public void Compare_NoMetrics_ComparesOutputsOnCalibrationData()
    {
        using var project = new PipelineProject();
        var manifest = project.Manifest(null, isAccuracyAware: false, edit: m => m with { Metrics = [], Validation = null });
        var report = ComparisonPipeline.Compare(new() { First = project.ModelPath, Second = project.ModelPath, Data = manifest }, project.Options(), Nobody, default);
        Assert.AreEqual(16, report.Samples);
        Assert.IsEmpty(report.Metrics);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Compare_Workers_ChangeNothing(int workers)
    {
        using var project = new PipelineProject();
        project.Run(project.Manifest(maximalDrop: 1));
        var request = new ComparisonRequest { First = project.ModelPath, Second = project.OutputPath, Data = project.Manifest() };
        Assert.AreEqual(
            ComparisonPipeline.Compare(request, project.Options(workers: 2), Nobody, default).Outputs.Single(),
            ComparisonPipeline.Compare(request, project.Options(workers), Nobody, default).Outputs.Single());
    }

    [TestMethod]
    public void Compare_OtherOutputs_SaysWhatEachHas()
    {
        using var project = new PipelineProject();
        var other = project.File("other.onnx");
        TestModels.Opset(13).Input("x", 1, 3, 16, 16).Node("Relu", ["x"], ["a"]).Node("Neg", ["x"], ["b"]).Output("a").Output("b").Build().Save(other);
        var e = Assert.ThrowsExactly<QuantizeException>(() => ComparisonPipeline.Compare(new() { First = project.ModelPath, Second = other, Data = project.Manifest() }, project.Options(), Nobody, default));
        Assert.AreEqual(DiagnosticCodes.ShapeMismatch, e.Diagnostics[0].Code);
        StringAssert.Contains(e.Message, "one has y, the other a, b");
    }

    [TestMethod]
    public void Bench_TwoModels_MeasuresBothAndSaysHowSure()
    {
        using var project = new PipelineProject();
        var small = project.File("small.onnx");
        TestModels.Opset(13).Input("x", 1, 3, 16, 16).Node("Relu", ["x"], ["y"]).Output("y").Build().Save(small);
        var report = BenchmarkPipeline.Compare(new() { First = project.ModelPath, Second = small, Duration = TimeSpan.FromSeconds(0.3) }, Nobody, default);
        Assert.IsGreaterThanOrEqualTo(5, report.Rounds);
        Assert.IsTrue(report.Ratio.High < 1, "one Relu is faster than four convolutions");
        Assert.IsTrue(report.First.Fastest <= report.First.P10 && report.First.P10 <= report.First.Median && report.First.Median <= report.First.P90);
        Assert.AreEqual("placeholder", report.Sample);
        Assert.AreEqual("row 0", BenchmarkPipeline.Compare(new() { First = project.ModelPath, Second = project.ModelPath, Duration = TimeSpan.Zero, Data = project.Manifest() }, Nobody, default).Sample);
    }

    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Rank_PlantedFault_LeadsAndTheOrderIsThatOfARun(SearchStrategy strategy)
    {
        using var project = new PipelineProject();
        var manifest = project.Manifest(maximalDrop: -1, edit: m => m with { Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { Search = strategy, MaxIterNum = 1 } } });
        var report = RankingPipeline.Rank(manifest, project.Options(), Nobody, default);
        CollectionAssert.Contains(report.Groups.Take(2).SelectMany(g => g.Layers).ToArray(), "conv3");
        Assert.IsGreaterThan(0, report.Groups.Single(g => g.Group == "conv3").Regained!.Value);
        Assert.AreEqual(0, report.Groups.Single(g => g.Group == "conv1").Regained);
        Assert.AreEqual((1.0, "accuracy@top1"), (report.Metric.Baseline, report.Metric.Name));
        Assert.IsFalse(Directory.Exists(project.File("report")), "nothing is written");

        var first = (string[])[];
        project.Run(manifest, onEvent: e => first = first.Length == 0 && e is RankingFinished ranking ? [.. ranking.Groups] : first);
        CollectionAssert.AreEqual(first, report.Groups.Select(g => g.Group).ToArray());
    }

    [TestMethod]
    public void Rank_NoMetrics_SaysWhatIsMissing()
    {
        using var project = new PipelineProject();
        var manifest = project.Manifest(null, isAccuracyAware: false, edit: m => m with { Metrics = [] });
        var e = Assert.ThrowsExactly<QuantizeException>(() => RankingPipeline.Rank(manifest, project.Options(), Nobody, default));
        Assert.AreEqual(DiagnosticCodes.MissingKey, e.Diagnostics[0].Code);
    }
}
