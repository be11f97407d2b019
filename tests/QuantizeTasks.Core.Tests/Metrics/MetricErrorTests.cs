using QuantizeTasks.Diagnostics;
using QuantizeTasks.Metrics;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Metrics;

[TestClass]
public class MetricErrorTests
{
    [TestMethod]
    [DataRow("acuracy@top1", "Did you mean 'accuracy@top1'?")]
    [DataRow("mean_io", "Did you mean 'mean_iou'?")]
    [DataRow("accuracy@top0", "")]
    [DataRow("accuracy@top99999999999", "")]
    [DataRow("accuracy", "accuracy@top1")]
    [DataRow("", "rmse")]
    public void Create_UnknownName_IsReportedAtTheNameWithASuggestion(string name, string expected)
    {
        var error = Sources.Error(() => Specifications.Create(name), DiagnosticCodes.UnknownName);

        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        Assert.AreEqual(Specifications.NamePosition, error.Position);
    }

    [TestMethod]
    [DataRow("psnr", "data_rang=1 data_range=1", DiagnosticCodes.UnknownKey, "Did you mean 'data_range'?")]
    [DataRow("accuracy@top1", "k=5", DiagnosticCodes.UnknownKey, "'k'")]
    [DataRow("psnr", "data_range=wide", DiagnosticCodes.WrongType, "wide")]
    [DataRow("psnr", "data_range=0", DiagnosticCodes.ValueOutOfRange, "above 0")]
    [DataRow("psnr", "data_range=1 crop_border=1.5", DiagnosticCodes.WrongType, "whole number")]
    [DataRow("psnr", "data_range=1 crop_border=-1", DiagnosticCodes.ValueOutOfRange, "crop_border")]
    [DataRow("psnr", "data_range=1 layout=chw", DiagnosticCodes.UnknownName, "nchw")]
    [DataRow("mean_iou", "classes=1", DiagnosticCodes.ValueOutOfRange, "classes")]
    [DataRow("f1", "average=weighted", DiagnosticCodes.UnknownName, "macro, micro")]
    public void Create_WrongParameter_IsReportedAtTheParameter(string name, string parameters, string code, string expected)
    {
        var error = Sources.Error(() => Specifications.Create(name, parameters), code);

        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        Assert.AreEqual(Specifications.ParameterPosition, error.Position);
    }

    [TestMethod]
    [DataRow("psnr")]
    [DataRow("mean_iou")]
    public void Create_MissingParameter_IsReportedAtTheName(string name) =>
        Assert.AreEqual(Specifications.NamePosition, Sources.Error(() => Specifications.Create(name), DiagnosticCodes.MissingKey).Position);

    [TestMethod]
    [DataRow("accuracy@top1")]
    [DataRow("f1")]
    public void Observe_LabelOutsideTheClasses_NamesTheSample(string name)
    {
        var metric = Specifications.Create(name);
        foreach (var label in new[] { Observations.Class(3), Observations.Class(-1), Tensor.Create([0.5]), Tensor.Create([double.NaN]) })
            StringAssert.Contains(Sources.Error(() => metric.Observe(Observations.Of(Observations.Vector(1, 2, 3), label)), DiagnosticCodes.LabelInvalid).Message, "cat.png", StringComparison.Ordinal);
        Sources.Error(() => metric.Observe(Observations.Of(Observations.Vector(1, 2, 3), Observations.Vector(0, 1))), DiagnosticCodes.ShapeMismatch);
        Sources.Error(() => metric.Observe(Observations.Of(Tensor.Create(new float[6], 1, 2, 3), Observations.Class(0))), DiagnosticCodes.ShapeMismatch);
    }

    [TestMethod]
    public void Observe_TopKOfNoMoreClasses_SaysNothingAndIsRefused()
    {
        Sources.Error(() => Specifications.Create("accuracy@top4").Observe(Observations.Of(Observations.Vector(1, 2, 3), Observations.Class(0))), DiagnosticCodes.ShapeMismatch);
    }

    [TestMethod]
    [DataRow("mae", "")]
    [DataRow("rmse", "")]
    [DataRow("psnr", "data_range=1")]
    public void Observe_TargetOfAnotherShapeOrNotFinite_IsRefused(string name, string parameters)
    {
        var metric = Specifications.Create(name, parameters);
        foreach (var label in new[] { Observations.Vector(1, 2), Tensor.Create(new float[6], 2, 3), Tensor.Create(new float[6], 6) })
            Sources.Error(() => metric.Observe(Observations.Of(Tensor.Create(new float[6], 1, 3, 2), label)), DiagnosticCodes.ShapeMismatch);
        Sources.Error(() => metric.Observe(Observations.Of(Observations.Vector(1, 2), Observations.Vector(1, float.PositiveInfinity))), DiagnosticCodes.LabelInvalid);
    }

    [TestMethod]
    public void Observe_MaskThatDoesNotFit_IsRefused()
    {
        var metric = Specifications.Create("mean_iou", "classes=3 ignore=255");
        var output = Tensor.Create(new float[12], 1, 3, 2, 2);

        StringAssert.Contains(Sources.Error(() => metric.Observe(Observations.Of(output, Tensor.Create(new byte[] { 0, 1, 255, 3 }, 2, 2))), DiagnosticCodes.LabelInvalid).Message, "cat.png", StringComparison.Ordinal);
        Sources.Error(() => metric.Observe(Observations.Of(output, Tensor.Create(new byte[4], 4))), DiagnosticCodes.ShapeMismatch);
        Sources.Error(() => Specifications.Create("mean_iou", "classes=4").Observe(Observations.Of(output, Tensor.Create(new byte[4], 2, 2))), DiagnosticCodes.ShapeMismatch);
        Sources.Error(() => Specifications.Create("mean_iou", "classes=3 axis=4").Observe(Observations.Of(output, Tensor.Create(new byte[4], 2, 2))), DiagnosticCodes.ShapeMismatch);
    }

    [TestMethod]
    public void Observe_UnknownOutput_ListsNearOnes() =>
        StringAssert.Contains(Sources.Error(() => Specifications.Create("mae", "output=scores").Observe(new MetricInput(new Dictionary<string, Tensor> { ["score"] = Observations.Vector(1) }, "score", Observations.Class(0), null)), DiagnosticCodes.UnknownName).Message, "'score'", StringComparison.Ordinal);

    [TestMethod]
    public void Observe_DenseAgreementWithoutAxis_IsRefused() =>
        StringAssert.Contains(Sources.Error(() => Specifications.Create("agreement").Observe(Observations.Of(Tensor.Create(new float[6], 1, 3, 2), null, Tensor.Create(new float[6], 1, 3, 2))), DiagnosticCodes.ShapeMismatch).Message, "axis", StringComparison.Ordinal);

    [TestMethod]
    public void Observe_AgreementOfSingleScoresAndIntegers_ComparesDecisions()
    {
        var metric = Specifications.Create("agreement");
        double Of(Tensor a, Tensor b) => metric.PerSample(metric.Observe(Observations.Of(a, null, b)));

        Assert.AreEqual(1, Of(Observations.Vector(0.6f), Observations.Vector(0.9f)));
        Assert.AreEqual(0, Of(Observations.Vector(0.4f), Observations.Vector(0.9f)));
        Assert.AreEqual(0.5, Of(Tensor.Create<long>([3, 4], 1, 2), Tensor.Create<long>([3, 5], 1, 2)));
    }
}
