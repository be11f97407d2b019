using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

[TestClass]
public sealed class QuantizationPipelineTests : IDisposable
{
    private readonly PipelineProject _project = new();

    public void Dispose() => _project.Dispose();

    /// <summary>Float biases keep the last bit of the means that they were corrected with, which integers round away.</summary>
    [TestMethod]
    public void Run_DeviceWithFloatBiases_GivesTheSameBytesEveryTime()
    {
        string Sha256(int workers)
        {
            using var project = new PipelineProject();
            return project.Run(project.Manifest(isAccuracyAware: false, edit: m => m with { Compression = m.Compression with { TargetDevice = m.Compression.TargetDevice with { Value = "GPU" } } }), workers).Output!.Sha256;
        }
        CollectionAssert.AreEqual(Enumerable.Repeat(Sha256(1), 4).ToArray(), new[] { Sha256(1), Sha256(2), Sha256(3), Sha256(1) });
    }

    [TestMethod]
    public void Run_GenerousBudget_PublishesWhatItProved()
    {
        var report = _project.Run(_project.Manifest(maximalDrop: 0.5), measureLatency: true);
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual(0, report.Iterations);
        Assert.AreEqual(_project.OutputPath, report.Output!.Path);
        Assert.AreEqual(report.Output.Sha256, Sha256(_project.OutputPath));
        Assert.AreEqual(report.Model.Sha256, Sha256(_project.ModelPath));
        var metric = report.Metrics.Single();
        Assert.AreEqual(1, metric.Baseline, "the labels are the float model's answers");
        Assert.AreEqual(Accuracy(_project.OutputPath), metric.Quantized, "measured again here, on the published file");
        Assert.AreEqual(metric.Baseline - metric.Quantized, metric.Drop, 1e-12);
        Assert.AreEqual((0.5, "absolute", true, PipelineProject.Samples), (metric.Budget!.Value, metric.DropType, metric.WithinBudget, metric.Samples));
        Assert.AreEqual(report.Layers.Quantizable, report.Layers.Quantized);
        Assert.IsGreaterThanOrEqualTo(3, report.Layers.Quantizable);
        Assert.AreEqual((2, 2L * PipelineProject.Samples), (report.Evaluations.Configurations, report.Evaluations.Samples));
        Assert.IsGreaterThan(0, report.Latency!.FloatMs);
        Assert.AreEqual(report.Latency.Int8Ms / report.Latency.FloatMs, report.Latency.Ratio, 1e-12);
        Assert.IsTrue(File.Exists(report.Report));
        using var json = JsonDocument.Parse(File.ReadAllBytes(_project.File("report", "report.json")));
        Assert.AreEqual("withinBudget", json.RootElement.GetProperty("status").GetString());
        Assert.IsEmpty(Directory.EnumerateFiles(_project.File("out", "models")).Where(f => f != _project.OutputPath), "nothing else is left beside the model");
    }

    [TestMethod]
    public void Run_Events_TellEveryStageOnceOpenedAndClosed()
    {
        var report = _project.Run(_project.Manifest(maximalDrop: 0));
        var started = _project.Events.OfType<StageStarted>().Select(e => e.Stage).ToArray();
        CollectionAssert.AreEqual(started, _project.Events.OfType<StageFinished>().Select(e => e.Stage).ToArray());
        string[] trim = report.Search.Any(IsTrimming) ? ["trim"] : [];
        CollectionAssert.AreEqual((string[])["prepare", "calibrate", "quantize", "baseline", "evaluate", "rank", "search", .. trim, "publish", "explain"], started.Distinct().ToArray());
        CollectionAssert.AreEqual(started.Distinct().ToArray(), report.Timings.Select(t => t.Stage).ToArray());
        Assert.AreEqual(1, _project.Events.OfType<BaselineMeasured>().Single().Value);
        CollectionAssert.AreEqual(report.Search.Select(s => s.Index).ToArray(), _project.Events.OfType<ConfigurationJudged>().Select(e => e.Iteration.Index).ToArray());
        Assert.IsTrue(_project.Events.OfType<StageProgress>().Any(p => p is { Stage: "evaluate", Done: PipelineProject.Samples, Total: PipelineProject.Samples }));
    }

    [TestMethod]
    public void Run_TightBudget_RevertsGroupsUntilItHolds()
    {
        var report = _project.Run(_project.Manifest(maximalDrop: 0));
        Assert.IsGreaterThan(0, report.Search[0].Drops[0], "the fixture must lose something in int8, or this tests nothing");
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual(1, Accuracy(_project.OutputPath));
        Assert.IsNotEmpty(report.Layers.Reverted);
        Assert.AreEqual(report.Layers.Quantizable - report.Layers.Reverted.Length, report.Layers.Quantized);
        CollectionAssert.AreEqual(report.Layers.Reverted.ToArray(), report.Layers.Details.Where(d => d.Decision == "float").Select(d => d.Name).ToArray());
        Assert.IsTrue(report.Layers.Details.Where(d => d.Decision == "float").All(d => d is { Rank: > 0, Score: not null }));
        Assert.AreEqual(report.Search.Last(s => s.Kept).Drops[0], report.Metrics[0].Drop);
        CollectionAssert.AreEqual(report.Layers.Reverted.ToArray(), report.Search.Last(s => s.Kept).Reverted.ToArray());
        Assert.AreEqual(report.Search.Count(s => s.Action.EndsWith(" in float", StringComparison.Ordinal)), report.Iterations);
        Assert.AreEqual(1 - report.Search[0].Drops[0], report.Metrics[0].FullyQuantized, 1e-12);
    }

    [TestMethod]
    public void Run_ImpossibleBudget_PublishesNothingAndKeepsTheBest()
    {
        _project.Run(_project.Manifest(maximalDrop: 0.5));
        Assert.IsTrue(File.Exists(_project.OutputPath));
        var report = _project.Run(_project.Manifest(maximalDrop: -1));
        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        Assert.IsNull(report.Output);
        Assert.IsNull(report.Latency);
        Assert.IsFalse(File.Exists(_project.OutputPath), "an earlier model must not be taken for the result");
        Assert.IsEmpty(Directory.EnumerateFiles(_project.File("out", "models")));
        Assert.IsFalse(report.Metrics[0].WithinBudget);
        Assert.AreEqual(_project.BestPath, report.BestSoFar);
        Assert.AreEqual(report.Search.Min(s => s.Drops[0]), 1 - Accuracy(_project.BestPath), 1e-12);
        using var json = JsonDocument.Parse(File.ReadAllBytes(_project.File("report", "best.int8.json")));
        Assert.AreEqual(Sha256(_project.BestPath), json.RootElement.GetProperty("sha256").GetString());
        Assert.IsFalse(json.RootElement.GetProperty("withinBudget").GetBoolean());
    }

    [TestMethod]
    public void Run_Again_RunsNoSampleAndGivesTheSameBytes()
    {
        var first = _project.Run(_project.Manifest(maximalDrop: 0));
        var second = _project.Run(_project.Manifest(maximalDrop: 0));
        Assert.AreEqual(first.Output!.Sha256, second.Output!.Sha256);
        Assert.AreEqual(0, second.Evaluations.Samples);
        Assert.AreEqual(first.Evaluations.Configurations, second.Evaluations.Configurations);
        CollectionAssert.AreEqual(first.Search.Select(s => s.Action).ToArray(), second.Search.Select(s => s.Action).ToArray());
    }

    [TestMethod]
    public void Run_OtherBudget_ReEvaluatesNothingItKnows()
    {
        _project.Run(_project.Manifest(maximalDrop: 0.5));
        var tight = _project.Run(_project.Manifest(maximalDrop: 0));
        Assert.IsGreaterThanOrEqualTo(2L * PipelineProject.Samples, tight.Evaluations.FromCache, "baseline and fully quantized model are known");
        var loose = _project.Run(_project.Manifest(maximalDrop: 0.5));
        Assert.AreEqual(0, loose.Evaluations.Samples);
        var relative = _project.Run(_project.Manifest(maximalDrop: 0, edit: m => m with { Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { DropType = DropType.Relative } } }));
        Assert.AreEqual(0, relative.Evaluations.Samples, "with a baseline of 1 the walk is the same");
        Assert.AreEqual("relative", relative.Metrics[0].DropType);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Run_OtherWorkerCount_SameBytesAndSameWalk(int workers)
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0), workers: 2);
        Directory.Delete(_project.StorePath, recursive: true);
        var actual = _project.Run(_project.Manifest(maximalDrop: 0), workers);
        Assert.IsGreaterThan(0, actual.Evaluations.Samples);
        Assert.AreEqual(expected.Output!.Sha256, actual.Output!.Sha256);
        CollectionAssert.AreEqual(expected.Search.SelectMany(s => s.Drops).ToArray(), actual.Search.SelectMany(s => s.Drops).ToArray());
        Assert.AreEqual(expected.Evaluations, actual.Evaluations);
    }

    [TestMethod]
    [DataRow("calibrate")]
    [DataRow("evaluate")]
    [DataRow("rank")]
    [DataRow("search")]
    [DataRow("publish")]
    public void Run_StoppedInTheMiddle_ResumesToTheSameBytes(string stage)
    {
        using var reference = new PipelineProject();
        var expected = reference.Run(reference.Manifest(maximalDrop: 0));

        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => _project.Run(_project.Manifest(maximalDrop: 0), cancellation: source.Token, onEvent: e =>
        {
            if (e is StageStarted started && started.Stage == stage)
                source.Cancel();
        }));
        Assert.IsFalse(File.Exists(_project.OutputPath));
        if (Directory.Exists(_project.File("out")))
            Assert.IsEmpty(Directory.EnumerateFiles(_project.File("out"), "*", SearchOption.AllDirectories), "nothing half-written");
        Assert.AreEqual(stage is "rank" or "search" or "publish", File.Exists(_project.BestPath), "the best so far is on disk as soon as there is one");

        var resumed = _project.Run(_project.Manifest(maximalDrop: 0));
        Assert.AreEqual(expected.Output!.Sha256, resumed.Output!.Sha256);
        if (stage != "calibrate")
            Assert.IsLessThan(expected.Evaluations.Samples, resumed.Evaluations.Samples);
    }

    [TestMethod]
    public void Run_CorruptStore_RecomputesToTheSameBytes()
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0));
        foreach (var file in Directory.EnumerateFiles(_project.StorePath, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            if (bytes.Length > 0)
                bytes[bytes.Length / 2] ^= 0x55;
            File.WriteAllBytes(file, bytes);
        }
        var actual = _project.Run(_project.Manifest(maximalDrop: 0));
        Assert.AreEqual(expected.Output!.Sha256, actual.Output!.Sha256);
        Assert.AreEqual(expected.Evaluations, actual.Evaluations, "nothing of it was believed");
    }

    [TestMethod]
    public void Run_DefaultQuantizationWithoutBudget_ProvesNothing()
    {
        var report = _project.Run(_project.Manifest(maximalDrop: null, isAccuracyAware: false));
        Assert.AreEqual(RunStatus.NotGated, report.Status);
        Assert.IsNull(report.Metrics[0].Budget);
        Assert.IsFalse(report.Metrics[0].WithinBudget);
        Assert.AreEqual(Accuracy(_project.OutputPath), report.Metrics[0].Quantized, "measured all the same");
    }

    [TestMethod]
    public void Run_DefaultQuantizationWithBudget_GatesWithoutSearching()
    {
        var report = _project.Run(_project.Manifest(maximalDrop: 0, isAccuracyAware: false));
        Assert.AreEqual((RunStatus.BudgetExceeded, 0), (report.Status, report.Iterations));
        Assert.IsFalse(File.Exists(_project.OutputPath));
        Assert.AreEqual(RunStatus.WithinBudget, _project.Run(_project.Manifest(maximalDrop: 0.5, isAccuracyAware: false)).Status);
    }

    [TestMethod]
    public void Run_NoMetrics_PublishesWithoutValidationData()
    {
        var report = _project.Run(_project.Manifest(maximalDrop: null, isAccuracyAware: false, edit: m => m with { Metrics = [], Validation = null }), measureLatency: true);
        Assert.AreEqual(RunStatus.NotGated, report.Status);
        Assert.IsEmpty(report.Metrics);
        Assert.AreEqual(report.Output!.Sha256, Sha256(_project.OutputPath));
        Assert.IsNotNull(report.Latency);
        AssertCode(DiagnosticCodes.MissingKey, () => _project.Run(_project.Manifest(maximalDrop: 0.1, edit: m => m with { Metrics = [] })));
        Assert.IsFalse(File.Exists(_project.OutputPath), "a failed run leaves no model of an earlier one");
    }

    [TestMethod]
    public void Run_NoBudgetStated_TakesPotsDefault() =>
        Assert.AreEqual(0.01, _project.Run(_project.Manifest(maximalDrop: null)).Metrics[0].Budget);

    [TestMethod]
    public void Run_StatedBaseline_RunsTheFloatModelOnlyForTheSearch()
    {
        QuantizationManifest Stated(double drop) => _project.Manifest(drop, edit: m => m with { Metrics = [m.Metrics[0] with { BaselineValue = new Located<double>(1, m.Model.Position) }] });
        var loose = _project.Run(Stated(0.5));
        Assert.AreEqual((1, (long)PipelineProject.Samples), (loose.Evaluations.Configurations, loose.Evaluations.Samples));
        Assert.AreEqual("Taking baseline_value for the float model", _project.Events.OfType<StageStarted>().Single(s => s.Stage == "baseline").Description);
        Assert.AreEqual((1.0, 0), _project.Events.OfType<BaselineMeasured>().Select(b => (b.Value, b.Samples)).Single());
        var tight = _project.Run(Stated(0));
        Assert.AreEqual(RunStatus.WithinBudget, tight.Status);
        CollectionAssert.Contains(_project.Events.OfType<StageProgress>().Where(p => p.Stage == "evaluate").Select(p => p.Total).ToArray(), PipelineProject.Samples / 2L, "metric_subset_ratio is 0.5");
    }

    [TestMethod]
    public void Run_ItsOwnOutputAsTheModel_IsRefused()
    {
        var output = _project.Run(_project.Manifest()).Output!.Path;
        var manifest = _project.Manifest();
        var e = Assert.ThrowsExactly<QuantizeException>(() => _project.Run(manifest with { Model = manifest.Model with { Value = Copy(output) } })).Diagnostics[0];
        Assert.AreEqual(DiagnosticCodes.AlreadyQuantized, e.Code);
        StringAssert.Contains(e.Message, "QuantizeLinear");

        static string Copy(string path)
        {
            File.Copy(path, path + ".copy.onnx");
            return path + ".copy.onnx";
        }
    }

    [TestMethod]
    public void Run_ModelThatGivesNaN_IsAnError()
    {
        using var project = new PipelineProject(PipelineProject.Network(m => m.Named("log", "Log", ["g"], ["y"])));
        var e = Assert.ThrowsExactly<QuantizeException>(() => project.Run(project.Manifest()));
        Assert.AreEqual(DiagnosticCodes.MetricNotFinite, e.Diagnostics[0].Code);
        StringAssert.Contains(e.Message, $"of {PipelineProject.Samples} samples");
        Assert.IsFalse(File.Exists(project.OutputPath));
    }

    [TestMethod]
    public void Run_NothingToQuantize_IsAnError()
    {
        using var project = new PipelineProject(TestModels.Opset(13).Input("x", 1, 3, 16, 16).Node("ReduceMean", ["x"], ["m"], n => n.With("axes", 2, 3)).Node("Flatten", ["m"], ["y"]).Output("y").Build());
        AssertCode(DiagnosticCodes.NothingToQuantize, () => project.Run(project.Manifest()));
    }

    [TestMethod]
    [DataRow("../model.onnx", DiagnosticCodes.ConflictingKeys)]
    [DataRow("../other.onnx", DiagnosticCodes.ValueOutOfRange)]
    [DataRow("..", DiagnosticCodes.ValueOutOfRange)]
    public void Run_OutputOverAnInputOrOutside_IsRefused(string output, string code)
    {
        File.WriteAllText(_project.File("other.onnx"), "somebody's");
        var manifest = _project.Manifest(edit: m => m with { Output = m.Output with { Value = output } });
        AssertCode(code, () => _project.Run(manifest));
        Assert.IsTrue(File.Exists(_project.ModelPath));
        Assert.AreEqual("somebody's", File.ReadAllText(_project.File("other.onnx")));
    }

    [TestMethod]
    public void Run_SeveralAtOnce_TakeTurnsAndShareTheWork()
    {
        var reports = new RunReport[3];
        Parallel.For(0, 3, i => reports[i] = QuantizationPipeline.Run(_project.Manifest(maximalDrop: 0), _project.Options() with { OutputDirectory = _project.File($"out{i}") }, new Progress<RunEvent>(), default));
        Assert.HasCount(1, reports.Select(r => r.Output!.Sha256).Distinct());
        Assert.HasCount(2, reports.Where(r => r.Evaluations.Samples == 0));
    }

    [TestMethod]
    public void Run_OnlySomeBaselinesStated_WarnsAndMeasures()
    {
        var report = _project.Run(_project.Manifest(edit: m => m with { Metrics = [m.Metrics[0] with { BaselineValue = new Located<double>(0.5, m.Model.Position) }, m.Metrics[0] with { Name = m.Metrics[0].Name with { Value = "accuracy@top2" } }] }));
        CollectionAssert.AreEqual(new[] { 1.0, 1.0 }, report.Metrics.Select(m => m.Baseline).ToArray());
        Assert.AreEqual(DiagnosticCodes.MissingKey, _project.Events.OfType<DiagnosticRaised>().Single().Diagnostic.Code);
    }

    [TestMethod]
    public void Run_MissingData_IsAnErrorBeforeAnythingExpensive()
    {
        File.Delete(_project.File("labels.npy"));
        AssertCode(DiagnosticCodes.DataNotFound, () => _project.Run(_project.Manifest()));
        CollectionAssert.AreEqual(new[] { "prepare" }, _project.Events.OfType<StageStarted>().Select(e => e.Stage).ToArray());
    }

    [TestMethod]
    public void Evaluate_PublishedModel_GivesTheVerdictsValue()
    {
        var report = _project.Run(_project.Manifest(maximalDrop: 0.5));
        var evaluation = EvaluationPipeline.Evaluate(_project.OutputPath, _project.Manifest(), _project.Options(), new Progress<RunEvent>(), default);
        Assert.AreEqual(report.Metrics[0].Quantized, evaluation.Metrics.Single().Value);
        Assert.AreEqual(report.Output!.Sha256, evaluation.Sha256);
        Assert.AreEqual(0, evaluation.Evaluations.Samples, "the run evaluated exactly these bytes");
        Assert.AreEqual(1, EvaluationPipeline.Evaluate(_project.ModelPath, _project.Manifest(), _project.Options(), new Progress<RunEvent>(), default).Metrics.Single().Value);
    }

    /// <summary>The share of samples on which a model file answers with the label; a loop of its own, not the product's.</summary>
    private double Accuracy(string path)
    {
        using var session = ModelSession.Open(path);
        var data = TestModels.RandomFloats("validation", [PipelineProject.Samples, 3, 16, 16]);
        using var original = ModelSession.Open(_project.ModelPath);
        var same = 0;
        for (var i = 0; i < PipelineProject.Samples; i++)
        {
            var input = new Dictionary<string, Tensor> { ["x"] = Tensor.Create(data.AsSpan(i * 768, 768).ToArray(), 1, 3, 16, 16) };
            var (a, b) = (session.Run(input)["y"].As<float>(), original.Run(input)["y"].As<float>());
            same += Array.IndexOf(a, a.Max()) == Array.IndexOf(b, b.Max()) ? 1 : 0;
        }
        return (double)same / PipelineProject.Samples;
    }

    private static bool IsTrimming(IterationRecord step) => step.Action.Contains("back in int8", StringComparison.Ordinal);

    private static string Sha256(string path) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));

    private static void AssertCode(string code, Action action) => Assert.AreEqual(code, Assert.ThrowsExactly<QuantizeException>(action).Diagnostics[0].Code);
}
