using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>What <c>prefer</c> does to a run.</summary>
[TestClass]
public sealed class SelectionTests
{
    [TestMethod]
    public void Run_PreferMeasured_RecordsADecisionThatTheNextRunTakesOver()
    {
        using var project = new PipelineProject();
        var manifest = project.Manifest(edit: m => m with { Compression = m.Compression with { Prefer = Preference.Measured } });
        var (first, second) = (project.Run(manifest).Selection!, project.Run(manifest).Selection!);
        Assert.AreEqual("measured", first.Prefer);
        Assert.IsTrue(first is { MeasuredFloatMs: > 0, MeasuredInt8Ms: > 0 });
        // Two measurements never agree to the last digit: the second is the first, from the store.
        Assert.AreEqual((first.MeasuredFloatMs, first.MeasuredInt8Ms), (second.MeasuredFloatMs, second.MeasuredInt8Ms));
        CollectionAssert.AreEqual(first.Int8, second.Int8);
    }

    [TestMethod]
    public void Run_Int8PaysNowhere_PublishesFloatAndSaysWhy()
    {
        using var project = new PipelineProject(Thin());
        var report = project.Run(project.Manifest());
        Assert.AreEqual((RunStatus.WithinBudget, 0, 0), (report.Status, report.Layers.Quantizable, report.Layers.Quantized));
        Assert.IsNotNull(report.Output);
        Assert.AreEqual(0, report.Metrics[0].Drop);
        CollectionAssert.Contains(project.Events.OfType<DiagnosticRaised>().Select(e => e.Diagnostic.Code).ToArray(), DiagnosticCodes.Int8NotFaster);
        var layer = report.Layers.Details.Single(d => d.Name == "dw1");
        Assert.AreEqual("skipped", layer.Decision);
        StringAssert.Contains(layer.Reason, "faster");
        Assert.IsTrue(layer is { FloatUs: > 0, Int8Us: > 0 });
        Assert.AreEqual(report.Selection!.PredictedFloatUs, report.Selection.PredictedInt8Us);
    }

    [TestMethod]
    public void Run_PreferSize_QuantizesWhatDoesNotPay()
    {
        using var project = new PipelineProject(Thin());
        var report = project.Run(project.Manifest(edit: m => m with { Compression = m.Compression with { Prefer = Preference.Size } }));
        CollectionAssert.IsSubsetOf(new[] { "dw1", "dw2" }, report.Selection!.Int8);
        Assert.AreEqual("size", report.Selection.Prefer);
        Assert.IsGreaterThan(report.Selection.PredictedFloatUs!.Value, report.Selection.PredictedInt8Us!.Value);
    }

    /// <summary>The exception from the rule that a layer stays in float where int8 does not pay.</summary>
    [TestMethod]
    public void Run_TooSmallToGainSpeed_IsQuantizedForItsSizeAndSaysSo()
    {
        using var project = new PipelineProject(Tiny());
        var report = project.Run(project.Manifest());
        Assert.AreEqual(("speed", 1), (report.Selection!.Prefer, report.Layers.Quantized));
        Assert.IsGreaterThan(report.Selection.PredictedFloatUs!.Value, report.Selection.PredictedInt8Us!.Value);
        StringAssert.Contains(report.Selection.SizeReason, "it is quantized for its size");
        StringAssert.Contains(Summary.Line(report), "int8 for its size, as it is too small to gain speed");
        StringAssert.Contains(File.ReadAllText(project.File("report", "report.html")), "it is quantized for its size");
        StringAssert.Contains(File.ReadAllText(project.File("report", "report.json")), "it is quantized for its size");
    }

    [TestMethod]
    [DataRow(Preference.Size, true)]
    [DataRow(Preference.Speed, false)]
    public void Run_SizePreferredOrSpeedGained_NeedsNoReasonOfSize(Preference preference, bool isTiny)
    {
        using var project = new PipelineProject(isTiny ? Tiny() : null);
        var report = project.Run(project.Manifest(edit: m => m with { Compression = m.Compression with { Prefer = preference } }));
        Assert.IsGreaterThan(0, report.Layers.Quantized);
        Assert.IsNull(report.Selection!.SizeReason);
        Assert.IsFalse(Summary.Line(report).Contains("for its size", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Inspect_TooSmallToGainSpeed_SaysThatItIsForSize()
    {
        using var project = new PipelineProject(Tiny());
        var warning = InspectionPipeline.Inspect(new InspectionRequest { Model = project.ModelPath, CacheDirectory = project.StorePath, Workers = 1 }, new Progress<RunEvent>(), CancellationToken.None).Warnings.Single(w => w.Kind == "for-size");
        Assert.IsNull(warning.Operator);
        // 7,680 products and as many weights at 20 and 60 ps.
        StringAssert.Contains(warning.Message, "takes 0.6 \u00b5s in float, and below 100 \u00b5s");
    }

    /// <summary>One matrix product of less than a microsecond.</summary>
    private static OnnxModel Tiny() => TestModels.Opset(13).Input("x", 1, 3, 16, 16).Named("flatten", "Flatten", ["x"], ["f"]).Random("w", 768, 10).Named("classes", "Gemm", ["f", "w"], ["y"]).Output("y").Build();

    /// <summary>Depthwise convolutions between operators that have no int8 kernels: conversions eat up what int8 gains.</summary>
    private static OnnxModel Thin() => TestModels.Opset(13).Input("x", 1, 3, 16, 16).Int64s("repeats", [1, 22, 4, 4]).Random("w1", 66, 1, 3, 3).Random("w2", 66, 1, 3, 3)
        .Named("tile", "Tile", ["x", "repeats"], ["t"]).Named("erf", "Tanh", ["t"], ["e"])
        .Named("dw1", "Conv", ["e", "w1"], ["c1"], n => n.With("group", 66L).With("pads", 1, 1, 1, 1)).Named("tanh1", "Tanh", ["c1"], ["a1"])
        .Named("dw2", "Conv", ["a1", "w2"], ["c2"], n => n.With("group", 66L).With("pads", 1, 1, 1, 1)).Named("tanh2", "Tanh", ["c2"], ["a2"])
        .Named("mean", "ReduceMean", ["a2"], ["m"], n => n.With("axes", 2, 3)).Named("flatten", "Flatten", ["m"], ["y"]).Output("y").Build();
}
