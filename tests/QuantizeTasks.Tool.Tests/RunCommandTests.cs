using System.Text;
using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class RunCommandTests
{
    [TestMethod]
    public void Run_WithinBudget_PrintsTheSummaryAndNothingElseOnOut()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml"));
        Assert.AreEqual(Summary.Line(SampleReports.WithinBudget()) + "\n", tool.Out);
        Assert.AreEqual("", tool.Error);
    }

    [TestMethod]
    public void Run_Defaults_AreThoseOfTheHelp()
    {
        using var tool = new ToolRun();
        tool.Variables["HOME"] = "/home/somebody";
        tool.Run("run", "quantize.yaml");
        Assert.AreEqual(tool.Folder, tool.Options!.OutputDirectory);
        Assert.AreEqual(tool.PathOf("quantize-report/mobilenet.int8"), tool.Options.ReportDirectory);
        Assert.AreEqual(0, tool.Options.Workers);
        Assert.IsTrue(tool.Options.MeasureLatency);
        if (OperatingSystem.IsLinux())
            Assert.AreEqual("/home/somebody/.cache/quantize-tasks", tool.Options.CacheDirectory);
    }

    [TestMethod]
    public void Run_Options_ReachThePipeline()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "-o", "bin", "--report-directory", "rep", "--cache-directory", "cache", "--workers", "3", "--no-latency"));
        Assert.AreEqual(
            new RunOptions { OutputDirectory = tool.PathOf("bin"), ReportDirectory = tool.PathOf("rep"), CacheDirectory = tool.PathOf("cache"), Workers = 3, MeasureLatency = false, LockFile = tool.PathOf("quantize.lock.json") },
            tool.Options);
    }

    [TestMethod]
    public void Run_CacheVariable_IsUsedUnlessTheOptionIsGiven()
    {
        using var tool = new ToolRun();
        tool.Variables["QUANTIZE_CACHE_DIRECTORY"] = "from-variable";
        tool.Run("run", "quantize.yaml");
        Assert.AreEqual(tool.PathOf("from-variable"), tool.Options!.CacheDirectory);
        tool.Run("run", "quantize.yaml", "--cache-directory", "from-option");
        Assert.AreEqual(tool.PathOf("from-option"), tool.Options!.CacheDirectory);
    }

    [TestMethod]
    public void Run_Overrides_TakeThePlaceOfTheManifestsValues()
    {
        using var tool = new ToolRun();
        tool.Write("other.onnx", "");
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--model", "other.onnx", "--maximal-drop", "0.01", "--drop-type", "relative", "--preset", "mixed",
            "--max-iter-num", "7", "--ranking-subset-size", "50", "--stat-subset-size", "60"), tool.Error);
        var compression = tool.Manifest!.Compression;
        Assert.AreEqual(tool.PathOf("other.onnx"), tool.Manifest.Model.Value);
        Assert.AreEqual(0.01, compression.Accuracy.MaximalDrop!.Value);
        Assert.AreEqual(Manifest.DropType.Relative, compression.Accuracy.DropType);
        Assert.AreEqual(7, compression.Accuracy.MaxIterNum);
        Assert.AreEqual(50, compression.Accuracy.RankingSubsetSize);
        Assert.AreEqual("mixed", compression.Quantization.Preset!.Value);
        Assert.AreEqual(60, compression.Quantization.StatSubsetSize!.Value);
    }

    [TestMethod]
    public void Run_BadOverride_NamesTheOption()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(2, tool.Run("run", "quantize.yaml", "--maximal-drop", "much"));
        StringAssert.Contains(tool.Error, "option --maximal-drop");
    }

    [TestMethod]
    public void Run_BudgetExceeded_PointsAtTheBudgetInTheManifest()
    {
        using var tool = new ToolRun { Pipeline = ToolRun.Miss };
        Assert.AreEqual(4, tool.Run("run", "quantize.yaml"));
        StringAssert.StartsWith(tool.Error, $"{tool.PathOf("quantize.yaml")}(14,23): error QTZ2001: accuracy@top1 dropped 2.4 points (71.9% -> 69.5%), budget 0.5, after 30 of 30 iterations. The three costliest layers are ");
    }

    [TestMethod]
    public void Run_OverriddenBudgetExceeded_NamesTheOption()
    {
        using var tool = new ToolRun { Pipeline = ToolRun.Miss };
        Assert.AreEqual(4, tool.Run("run", "quantize.yaml", "--maximal-drop", "0.005"));
        StringAssert.Contains(tool.Error, ", budget 0.5 (option --maximal-drop), after 30 of 30 iterations.");
    }

    [TestMethod]
    public void Run_Json_PrintsOneDocumentAndNoProgress()
    {
        using var tool = new ToolRun { Pipeline = (manifest, options, events) => Chatter(events, ToolRun.Publish(manifest, options)) };
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--json"));
        using var json = JsonDocument.Parse(tool.Out);
        Assert.AreEqual("withinBudget", json.RootElement.GetProperty("status").GetString());
        Assert.AreEqual("warning QTZ4006: Careful.\n", tool.Error);
    }

    [TestMethod]
    public void Run_JsonAndBudgetExceeded_StillPrintsTheDocument()
    {
        using var tool = new ToolRun { Pipeline = ToolRun.Miss };
        Assert.AreEqual(4, tool.Run("run", "quantize.yaml", "--json"));
        Assert.AreEqual(Encoding.UTF8.GetString(ReportJson.Serialize(SampleReports.BudgetExceeded())), tool.Out);
        StringAssert.Contains(tool.Error, "error QTZ2001");
    }

    [TestMethod]
    public void Run_JsonAndNoVerdict_PrintsNothingOnOut()
    {
        using var tool = new ToolRun { Pipeline = (_, _, _) => throw ToolRun.Failure(DiagnosticCodes.DataNotFound) };
        Assert.AreEqual(6, tool.Run("run", "quantize.yaml", "--json"));
        Assert.AreEqual("", tool.Out);
        Assert.AreEqual("/repo/quantize.yaml(3,5): error QTZ5001: Something is wrong.\n", tool.Error);
    }

    [TestMethod]
    public void Run_Piped_PrintsALineForEveryStageAndJudgedConfiguration()
    {
        using var tool = new ToolRun { Pipeline = (manifest, options, events) => Chatter(events, ToolRun.Publish(manifest, options)) };
        tool.Run("run", "quantize.yaml");
        Assert.AreEqual("""
            baseline: Evaluating the float model
              float: accuracy@top1 71.90% on 1000 samples
            search: Reverting the most harmful groups
            warning QTZ4006: Careful.
              0: everything in int8: accuracy@top1 28.8% (drop 43.1 points, budget 0.5 points)
              1: a in float: accuracy@top1 28.8% (drop 43.1 points, budget 0.5 points), taken back

            """.ReplaceLineEndings("\n"), tool.Error);
    }

    [TestMethod]
    public void Run_Quiet_PrintsTheSummaryAndDiagnosticsOnly()
    {
        using var tool = new ToolRun { Pipeline = (manifest, options, events) => Chatter(events, ToolRun.Publish(manifest, options)) };
        tool.Run("run", "quantize.yaml", "-v", "q");
        Assert.AreEqual("warning QTZ4006: Careful.\n", tool.Error);
        StringAssert.StartsWith(tool.Out, "quantized ");
    }

    [TestMethod]
    public void Run_Cancelled_SaysThatWorkIsKept()
    {
        using var tool = new ToolRun();
        tool.Cancel();
        Assert.AreEqual(130, tool.Run("run", "quantize.yaml"));
        StringAssert.StartsWith(tool.Error, "Cancelled. Finished work is kept");
        Assert.AreEqual("", tool.Out);
    }

    [TestMethod]
    public void Run_CancelledInParallelWork_IsCancelledToo()
    {
        using var tool = new ToolRun { Pipeline = (_, _, _) => throw new AggregateException(new OperationCanceledException(), new AggregateException(new TaskCanceledException())) };
        Assert.AreEqual(130, tool.Run("run", "quantize.yaml"));
    }

    [TestMethod]
    public void Run_Defect_AsksForAReportWithoutAStackTrace()
    {
        using var tool = new ToolRun { Pipeline = (_, _, _) => throw new InvalidOperationException("two\nlines") };
        Assert.AreEqual(70, tool.Run("run", "quantize.yaml"));
        StringAssert.StartsWith(tool.Error, "error QTZ9001: This should not have happened (InvalidOperationException: two lines).");
        StringAssert.Contains(tool.Error, "report it");
        Assert.DoesNotContain("   at ", tool.Error);
        Assert.HasCount(2, tool.Error.Split('\n'));
    }

    [TestMethod]
    public void Run_DefectWithDiagnosticVerbosity_ShowsTheStackTrace()
    {
        using var tool = new ToolRun { Pipeline = (_, _, _) => throw new InvalidOperationException("inside") };
        Assert.AreEqual(70, tool.Run("run", "quantize.yaml", "--verbosity", "diag"));
        StringAssert.Contains(tool.Error, "   at ");
    }

    private static RunReport Chatter(IProgress<RunEvent> events, RunReport report)
    {
        var miss = SampleReports.WithinBudget().Metrics[0] with { Quantized = 0.288, Drop = 0.431, WithinBudget = false };
        events.Report(new StageStarted("baseline", "Evaluating the float model"));
        events.Report(new StageProgress("baseline", 5, 10));
        events.Report(new BaselineMeasured("accuracy@top1", 0.719, 1000));
        events.Report(new StageFinished("baseline", 1.5));
        events.Report(new StageStarted("search", "Reverting the most harmful groups"));
        events.Report(new DiagnosticRaised(new Diagnostic(DiagnosticCodes.NothingToQuantize, DiagnosticSeverity.Warning, "Careful.")));
        events.Report(new ConfigurationJudged(new IterationRecord(0, "everything in int8", [], [0.431], true), [miss]));
        events.Report(new ConfigurationJudged(new IterationRecord(1, "a in float", ["a"], [0.431], false), [miss]));
        return report;
    }
}
