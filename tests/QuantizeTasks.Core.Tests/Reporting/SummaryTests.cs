using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Reporting;

[TestClass]
public sealed class SummaryTests
{
    [TestMethod]
    public void Line_LowerIsBetter_SaysWhatCameOut() =>
        Assert.AreEqual(
            "quantized gauge.onnx -> gauge.int8.onnx: mae 0.0123 (float 0.0121, budget 0.0006), 2 of 18 layers float, 3.4x smaller, 2.1x faster, predicted 2.2x faster where int8 is possible; report: /repo/app/bin/quantize-report/gauge.int8/report.html",
            Summary.Line(SampleReports.Gauge()));

    [TestMethod]
    public void Line_Accuracy_IsInPerCentAndPoints() =>
        StringAssert.StartsWith(Summary.Line(SampleReports.WithinBudget()),
            "quantized mobilenet.onnx -> mobilenet.int8.onnx: accuracy@top1 71.5% (float 71.9%, budget 0.5 points), 4 of 54 layers float, 3.4x smaller, 2.2x faster, predicted 2.2x faster where int8 is possible");

    [TestMethod]
    public void Line_NothingReverted_SaysAllLayers()
    {
        var report = SampleReports.Gauge() with { Layers = new LayerRecord(18, 18, [], []), Latency = null };
        StringAssert.Contains(Summary.Line(report), ", all 18 layers int8, 3.4x smaller, predicted 2.2x faster where int8 is possible; report:");
    }

    [TestMethod]
    public void Line_SlowerAndLarger_SaysSo()
    {
        var report = SampleReports.Gauge() with { Latency = new LatencyRecord(1.0, 1.5, 1.5, 1), Output = new OutputRecord("x.onnx", "", 680_000) };
        StringAssert.Contains(Summary.Line(report), ", 2.0x larger, 1.5x slower, predicted 2.2x faster where int8 is possible;");
    }

    [TestMethod]
    public void Line_NotGated_SaysThatNothingIsProven()
    {
        var report = SampleReports.Gauge();
        report = report with { Status = RunStatus.NotGated, Metrics = [report.Metrics[0] with { Budget = null }] };
        StringAssert.StartsWith(Summary.Line(report), "quantized gauge.onnx -> gauge.int8.onnx without a budget, nothing proven: mae 0.0123 (float 0.0121), ");
    }

    [TestMethod]
    public void Line_BudgetExceeded_DoesNotSayQuantized() =>
        StringAssert.StartsWith(Summary.Line(SampleReports.BudgetExceeded()), "mobilenet.onnx is not within its budget: accuracy@top1 69.5% (float 71.9%, budget 0.5 points), 4 of 54 layers float; report: ");

    [TestMethod]
    public void Line_NameWithLineBreak_StaysOneLine()
    {
        var report = SampleReports.Gauge() with { Model = new ModelRecord("a\nerror QTZ0000: forged.onnx", "", 13, 1) };
        Assert.AreEqual(-1, Summary.Line(report).IndexOfAny(['\n', '\r']));
    }

    [TestMethod]
    public void BudgetErrors_Accuracy_NamesDropBudgetIterationsAndLayers()
    {
        var position = new SourcePosition("/repo/app/quantize.yaml", 14, 19);
        var error = Summary.BudgetErrors(SampleReports.BudgetExceeded(), position, 30).Single();
        Assert.AreEqual(
            "/repo/app/quantize.yaml(14,19): error QTZ2001: accuracy@top1 dropped 2.4 points (71.9% -> 69.5%), budget 0.5, after 30 of 30 iterations. "
            + "The three costliest layers are features.0.0, features.3.conv.0 and features.5.conv.1. "
            + "The report has every layer and step: /repo/app/bin/quantize-report/mobilenet.int8/report.html",
            error.ToString());
    }

    [TestMethod]
    [DataRow("mae", false, 0.0121, 0.0153, 0.0032, 0.0006, "absolute", "mae rose 0.0032 (0.0121 -> 0.0153), budget 0.0006.")]
    [DataRow("psnr", true, 30.41, 29.26, 1.15, 0.3, "absolute", "psnr dropped 1.15 dB (30.41 dB -> 29.26 dB), budget 0.3.")]
    [DataRow("accuracy@top1", true, 0.719, 0.695, 0.03338, 0.01, "relative", "accuracy@top1 dropped 3.3% of its float value (71.9% -> 69.5%), budget 1%.")]
    [DataRow("accuracy@top1", true, 0.719, 0.7138, 0.0052, 0.005, "absolute", "accuracy@top1 dropped 0.52 points (71.90% -> 71.38%), budget 0.5.")]
    [DataRow("rmse", false, 3.21, 3.456, 0.246, 0.1, "absolute", "rmse rose 0.25 (3.21 -> 3.46), budget 0.1.")]
    [DataRow("mean_iou", true, 0.6012, 0.5112, 0.09, 0.02, "absolute", "mean_iou dropped 9.0 points (60.1% -> 51.1%), budget 2.")]
    public void BudgetErrors_OfMetric_ReadsWell(string name, bool higher, double baseline, double quantized, double drop, double budget, string dropType, string expected)
    {
        var report = SampleReports.BudgetExceeded() with
        {
            Metrics = [new MetricRecord(name, higher, baseline, quantized, quantized, drop, budget, dropType, false, 10)],
            Layers = new LayerRecord(1, 1, [], []),
            Iterations = 0,
            Report = null,
        };
        Assert.AreEqual(expected, Summary.BudgetErrors(report, null).Single().Message);
    }

    [TestMethod]
    public void BudgetErrors_TwoMetricsOneMissed_NamesOnlyTheMissedOne()
    {
        var report = SampleReports.BudgetExceeded();
        report = report with { Metrics = [SampleReports.Gauge().Metrics[0], report.Metrics[0]] };
        StringAssert.StartsWith(Summary.BudgetErrors(report, null).Single().Message, "accuracy@top1 ");
    }

    [TestMethod]
    public void BudgetErrors_FewerRankedLayers_CountsThem()
    {
        var report = SampleReports.BudgetExceeded();
        ImmutableArray<LayerDetail> two = [new("b", "Conv", "int8", "b", 2, 1, ""), new("a", "Conv", "int8", "a", 1, 1, ""), new("c", "Conv", "int8", "c", null, null, "")];
        StringAssert.Contains(Summary.BudgetErrors(report with { Layers = new LayerRecord(3, 3, [], two) }, null).Single().Message, " The two costliest layers are a and b. ");
    }

    [TestMethod]
    [DataRow(0.0079, 5900L, 1000, "accuracy@top1 dropped 0.35 points on 1000 samples, within the budget of 0.5 points, but with 95% confidence all that can be said is that it drops at most 0.79 points. About 5900 samples like these would be enough.")]
    [DataRow(0.0079, null, 1000, "but with 95% confidence all that can be said is that it drops at most 0.79 points. The drop is so near the budget that no number of samples would be enough.")]
    [DataRow(0.0079, long.MaxValue, 1000, "The drop is so near the budget that no number of samples would be enough.")]
    [DataRow(double.PositiveInfinity, null, 1, "on 1 sample, within the budget of 0.5 points, but one sample does not show how much results vary, so that nothing can be said of how far it drops on others. Give more samples.")]
    [DataRow(double.PositiveInfinity, 300L, 1, "so that nothing can be said of how far it drops on others. About 300 samples like these would be enough.")]
    public void BudgetErrors_NotEnoughEvidence_SaysWhatIsKnown(double atMost, object? needed, int samples, string expected)
    {
        var report = SampleReports.WithinBudget();
        var error = Summary.BudgetErrors(
            report with { Status = RunStatus.NotEnoughEvidence, Report = null, Metrics = [report.Metrics[0] with { Samples = samples, Evidence = new EvidenceRecord(0.95, 0.002, atMost, (long?)needed, false) }] }, null).Single();
        Assert.AreEqual(DiagnosticCodes.NotEnoughEvidence, error.Code);
        StringAssert.Contains(error.Message, expected);
        Assert.DoesNotContain("infinite", error.Message);
    }

    [TestMethod]
    public void MetricFormat_AnyDropAndBudget_NeverShowsAMissAsAFit()
    {
        var random = new Random(20260917);
        for (var i = 0; i < 2000; i++)
        {
            var budget = Math.Pow(10, (random.NextDouble() * 6) - 5);
            var drop = budget * (1 + Math.Pow(10, (random.NextDouble() * 3) - 3));
            var format = new MetricFormat(new MetricRecord("accuracy@top1", true, 0.9, 0.9 - drop, 0, drop, budget, "absolute", false, 1));
            var shown = double.Parse(format.DropSize.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.IsTrue(shown >= budget * format.DropScale * (1 - 1e-9), $"drop {drop:R} of budget {budget:R} reads '{format.DropSize}' of '{format.Budget(budget)}'");
        }
    }
}
