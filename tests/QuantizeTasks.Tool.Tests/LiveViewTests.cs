using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Views;
using Spectre.Console;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class LiveViewTests
{
    private static readonly MetricRecord Metric = SampleReports.WithinBudget().Metrics[0];

    [TestMethod]
    public void Render_Search_ShowsStagesProgressAndBars()
    {
        var run = new RunProgress(TimeSpan.Zero);
        foreach (var runEvent in Events())
            run = run.After(runEvent, TimeSpan.FromSeconds(10));
        run = run.After(new StageProgress("search", 250, 1000), TimeSpan.FromSeconds(14));
        Assert.AreEqual("""
              ✓ prepare 0.6 s  ✓ baseline 9.4 s
            ▸ search  Reverting the most harmful groups
              ━━━━━━━━────────────────────────  250 of 1000  14 s so far, about 12 s left in this stage

              accuracy@top1  float 71.9%, now 71.5%, budget 0.5 points
                0 ━━━━━━━━╋━━━━━━━━━━━━━━━━━━━━━━━ 43.10 points  everything in int8
                1 ━━━━━━━━╋━━━━━                    0.90 points  features.0.0 in float, taken back
                2 ━━━━━━  │                         0.35 points  features.1.0 in float
            """.ReplaceLineEndings("\n"), Draw(run, TimeSpan.FromSeconds(14), 100));
    }

    [TestMethod]
    public void Render_NarrowTerminal_CutsInsteadOfWrapping()
    {
        var run = new RunProgress(TimeSpan.Zero);
        foreach (var runEvent in Events())
            run = run.After(runEvent, TimeSpan.FromSeconds(1));
        foreach (var line in Draw(run, TimeSpan.FromSeconds(1), 40).Split('\n'))
            Assert.IsTrue(line.Length < 40, line);
        Assert.HasCount(8, Draw(run, TimeSpan.FromSeconds(1), 40).Split('\n'));
    }

    [TestMethod]
    public void Render_NameWithEscapeCodes_NeverReachesTheTerminal()
    {
        var run = new RunProgress(TimeSpan.Zero).After(new StageStarted("search", "\u001b]0;evil\u0007 [red]markup[/]"), TimeSpan.Zero);
        var text = Draw(run, TimeSpan.Zero, 80);
        Assert.IsFalse(text.Any(c => char.IsControl(c) && c != '\n'));
        StringAssert.Contains(text, "[red]markup[/]");
    }

    [TestMethod]
    public void Render_NotFiniteDrop_StillRenders()
    {
        var run = new RunProgress(TimeSpan.Zero);
        foreach (var drop in new[] { double.NaN, double.PositiveInfinity, -0.1, 0 })
            run = run.After(new ConfigurationJudged(new IterationRecord(0, "a", [], [drop], true), [Metric with { Drop = drop }]), TimeSpan.Zero);
        StringAssert.Contains(Draw(run, TimeSpan.Zero, 100), "not a number");
    }

    [TestMethod]
    public void After_StageThatRunsTwice_IsListedOnce()
    {
        var run = new RunProgress(TimeSpan.Zero).After(new StageFinished("rank", 1), default).After(new StageFinished("search", 2), default).After(new StageFinished("rank", 3), default);
        CollectionAssert.AreEqual(new StageTiming[] { new("rank", 4), new("search", 2) }, run.Finished.ToArray());
    }

    [TestMethod]
    public void TimeLeft_UnknownTotal_IsUnknown()
    {
        var run = new RunProgress(TimeSpan.Zero).After(new StageStarted("a", ""), TimeSpan.Zero).After(new StageProgress("a", 10, 0), TimeSpan.Zero);
        Assert.IsNull(run.TimeLeft(TimeSpan.FromSeconds(30)));
    }

    [TestMethod]
    public void Follow_Failure_LeavesTheTerminalInOrderAndPassesTheErrorOn()
    {
        var terminal = new StringWriter();
        var view = new LiveView(TextWriter.Null, terminal);
        Assert.ThrowsExactly<QuantizeException>(() => view.Follow<int>(events =>
        {
            foreach (var runEvent in Events())
                events.Report(runEvent);
            throw ToolRun.Failure(DiagnosticCodes.DataNotFound);
        }));
        view.Show(new Diagnostic("QTZ5001", DiagnosticSeverity.Error, "afterwards"));
        StringAssert.Contains(terminal.ToString(), "error QTZ5001: afterwards");
    }

    private static IEnumerable<RunEvent> Events()
    {
        yield return new StageStarted("prepare", "Reading model and data");
        yield return new StageFinished("prepare", 0.6);
        yield return new StageStarted("baseline", "Evaluating the float model");
        yield return new StageFinished("baseline", 9.4);
        yield return new StageStarted("search", "Reverting the most harmful groups");
        yield return Judged(0, "everything in int8", 0.431, true);
        yield return Judged(1, "features.0.0 in float", 0.009, false);
        yield return Judged(2, "features.1.0 in float", 0.0035, true);
    }

    private static ConfigurationJudged Judged(int index, string action, double drop, bool kept) =>
        new(new IterationRecord(index, action, [], [drop], kept), [Metric with { Drop = drop, Quantized = Metric.Baseline - drop, WithinBudget = drop <= Metric.Budget }]);

    private static string Draw(RunProgress run, TimeSpan now, int width)
    {
        var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = width;
        console.Write(LiveFrame.Render(run, now, width));
        return string.Join('\n', writer.ToString().Split('\n').Select(line => line.TrimEnd())).TrimEnd('\n');
    }
}
