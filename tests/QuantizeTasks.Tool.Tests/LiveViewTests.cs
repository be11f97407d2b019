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
        run = run.After(new EvaluationStarted("2 of 9 groups not in int8: a, b", 1000), TimeSpan.FromSeconds(12)).After(new StageProgress("search", 250, 1000), TimeSpan.FromSeconds(14));
        Assert.AreEqual("""
              ✓ prepare 0.6 s  ✓ baseline 9.4 s
            ▸ search  Reverting the most harmful groups
              ━━━━━━━━────────────────────────  250 of 1000, 14 s so far, about 12 s left in this stage
              now     2 of 9 groups not in int8: a, b
              ranked  features.0.0, features.1.0, features.2.0

              accuracy@top1  float 71.9%, best 71.5%, budget │ 0.5 points
               0 ━━━━━━━━╋━━━━━━━━━━━━━━━━━━━━━━━  43.10 points  everything in int8
               1 ━━━━━━━━╋━━━━━                   ≥ 0.90 points  features.0.0 in float, taken back
               2 ━━━━━━  │                          0.35 points  features.1.0 in float
            """.ReplaceLineEndings("\n"), Draw(run, TimeSpan.FromSeconds(14), 100));
    }

    [TestMethod]
    public void Render_NarrowTerminal_IsShorterAndStillSaysIt()
    {
        var run = new RunProgress(TimeSpan.Zero);
        foreach (var runEvent in Events())
            run = run.After(runEvent, TimeSpan.FromSeconds(10));
        Assert.AreEqual("""
              ✓ prepare 0.6 s  ✓ baseline 9.4 s
            ▸ search  Reverting the most harmful groups
              10 s so far
              ranked  features.0.0, features.1.0 and 1 more

              accuracy@top1  71.9% → 71.5%, budget │ 0.5
               0 ━━━╋━━━━━━━━  43.10 points  everything in i…
               1 ━━━╋━        ≥ 0.90 points  features.0.0 in…
               2 ━━ │           0.35 points  features.1.0 in…
            """.ReplaceLineEndings("\n"), Draw(run, TimeSpan.FromSeconds(10), 50));
    }

    [TestMethod]
    public void Render_ManyStages_PutsTheEarliestTogether()
    {
        var run = new RunProgress(TimeSpan.Zero);
        foreach (var stage in new[] { "prepare", "calibrate", "quantize", "baseline", "evaluate" })
            run = run.After(new StageFinished(stage, 10), TimeSpan.Zero);
        Assert.AreEqual("  ✓ 3 stages 30 s  ✓ baseline 10 s  ✓ evaluate 10 s", Draw(run, TimeSpan.Zero, 60).Split('\n')[0]);
    }

    [TestMethod]
    [DataRow(80, 24)]
    [DataRow(20, 4)]
    [DataRow(50, 10)]
    public void Render_AnySize_FitsTheTerminal(int width, int height)
    {
        var run = new RunProgress(TimeSpan.Zero);
        foreach (var runEvent in Events().Concat(Events()).Concat(Events()).Concat(Events()))
            run = run.After(runEvent, TimeSpan.FromSeconds(1));
        var lines = LiveFrame.Lines(run, TimeSpan.FromSeconds(1), width, height);
        Assert.IsLessThan(height, lines.Count);
        foreach (var line in Draw(run, TimeSpan.FromSeconds(1), width, height).Split('\n'))
            Assert.IsTrue(line.Length < width, line);
    }

    [TestMethod]
    public void Render_BeforeTheFirstVerdict_ShowsWhatTheFloatModelScores() =>
        StringAssert.Contains(Draw(new RunProgress(TimeSpan.Zero).After(new BaselineMeasured("accuracy@top1", 0.719, 1000), TimeSpan.Zero), TimeSpan.Zero, 80), "float   accuracy@top1 71.90%");

    [TestMethod]
    public void TimeLeft_EstimateThatIsUsedUp_IsNotShown()
    {
        var run = new RunProgress(TimeSpan.Zero).After(new StageStarted("search", ""), TimeSpan.Zero).After(new TimeEstimated(5, true), TimeSpan.Zero);
        StringAssert.Contains(Draw(run, TimeSpan.FromSeconds(3), 80), "3.0 s so far, 2.0 s left");
        Assert.DoesNotContain("left", Draw(run, TimeSpan.FromSeconds(30), 80));
    }

    /// <summary>A terminal that became narrower has broken the old lines into more rows, all of which must go.</summary>
    [TestMethod]
    [DataRow(100, 100, "\u001b[3A", DisplayName = "the same width: as many rows as lines")]
    [DataRow(100, 50, "\u001b[4A", DisplayName = "half the width: the long line has two rows")]
    [DataRow(100, 20, "\u001b[6A", DisplayName = "a fifth of it: four rows, one and one")]
    [DataRow(50, 200, "\u001b[3A", DisplayName = "wider again")]
    public void Draw_AfterResize_GoesBackOverAllRows(int before, int after, string expected)
    {
        using var terminal = new StringWriter();
        var width = before;
        var screen = new LiveScreen(AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Out = new AnsiConsoleOutput(terminal) }), () => (width, 30));
        StyledLine[] lines = [new StyledLine().Add(new string('a', 80)), new StyledLine().Add(new string('b', 10)), new StyledLine()];
        screen.Draw((_, _) => lines);
        terminal.GetStringBuilder().Clear();
        width = after;
        screen.Draw((_, _) => lines);
        StringAssert.Contains(terminal.ToString(), expected + "\r\u001b[0K\u001b[1B\u001b[0J\u001b[1A", "the first row apart from those below it: tmux keeps in its history what is erased from the top of the screen to its end");
        screen.Clear();
        StringAssert.EndsWith(terminal.ToString(), "\u001b[0J\u001b[1A\u001b[?25h", "the cursor is back");
    }

    [TestMethod]
    public void Render_NarrowTerminal_CutsInsteadOfWrapping()
    {
        var run = new RunProgress(TimeSpan.Zero);
        foreach (var runEvent in Events())
            run = run.After(runEvent, TimeSpan.FromSeconds(1));
        foreach (var line in Draw(run, TimeSpan.FromSeconds(1), 40).Split('\n'))
            Assert.IsTrue(line.Length < 40, line);
        Assert.HasCount(9, Draw(run, TimeSpan.FromSeconds(1), 40).Split('\n'));
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
        var view = new LiveView(TextWriter.Null, terminal, AnsiSupport.Yes);
        Assert.ThrowsExactly<QuantizeException>(() => view.Follow<int>(events =>
        {
            foreach (var runEvent in Events())
                events.Report(runEvent);
            throw ToolRun.Failure(DiagnosticCodes.DataNotFound);
        }));
        view.Show(new Diagnostic("QTZ5001", DiagnosticSeverity.Error, "afterwards"));
        StringAssert.EndsWith(terminal.ToString().ReplaceLineEndings("\n"), "\u001b[?25herror QTZ5001: afterwards\n", "the picture is gone and the cursor back");
    }

    private static IEnumerable<RunEvent> Events()
    {
        yield return new StageStarted("prepare", "Reading model and data");
        yield return new StageFinished("prepare", 0.6);
        yield return new StageStarted("baseline", "Evaluating the float model");
        yield return new StageFinished("baseline", 9.4);
        yield return new StageStarted("search", "Reverting the most harmful groups");
        yield return Judged(0, "everything in int8", 0.431, true);
        yield return new RankingFinished("accuracy@top1", ["features.0.0", "features.1.0", "features.2.0"], 3);
        yield return Judged(1, "features.0.0 in float", 0.009, false, isBound: true);
        yield return Judged(2, "features.1.0 in float", 0.0035, true);
    }

    private static ConfigurationJudged Judged(int index, string action, double drop, bool kept, bool isBound = false) =>
        new(new IterationRecord(index, action, [], [drop], kept) { IsBound = isBound }, [Metric with { Drop = drop, Quantized = Metric.Baseline - drop, WithinBudget = drop <= Metric.Budget }]);

    private static string Draw(RunProgress run, TimeSpan now, int width, int height = 40)
    {
        var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = width;
        foreach (var line in LiveFrame.Lines(run, now, width, height))
            console.Write(line.Fit(width - 1).Append("\n"));
        return string.Join('\n', writer.ToString().Split('\n').Select(line => line.TrimEnd())).TrimEnd('\n');
    }
}
