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

    /// <summary>Depthwise convolutions between operators that have no int8 kernels: conversions eat up what int8 gains.</summary>
    private static OnnxModel Thin() => TestModels.Opset(13).Input("x", 1, 3, 16, 16).Int64s("repeats", [1, 22, 4, 4]).Random("w1", 66, 1, 3, 3).Random("w2", 66, 1, 3, 3)
        .Named("tile", "Tile", ["x", "repeats"], ["t"]).Named("erf", "Tanh", ["t"], ["e"])
        .Named("dw1", "Conv", ["e", "w1"], ["c1"], n => n.With("group", 66L).With("pads", 1, 1, 1, 1)).Named("tanh1", "Tanh", ["c1"], ["a1"])
        .Named("dw2", "Conv", ["a1", "w2"], ["c2"], n => n.With("group", 66L).With("pads", 1, 1, 1, 1)).Named("tanh2", "Tanh", ["c2"], ["a2"])
        .Named("mean", "ReduceMean", ["a2"], ["m"], n => n.With("axes", 2, 3)).Named("flatten", "Flatten", ["m"], ["y"]).Output("y").Build();
}
