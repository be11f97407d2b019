using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline.LockFiles;

/// <summary>What the decision in a lock file does to the next run.</summary>
[TestClass]
public sealed class LockedDecisionTests : LockFileRuns
{
    [TestMethod]
    public void Run_MatchingLockOnACleanMachine_ProvesInOnePassWithoutSearching()
    {
        var first = Run(0);
        Assert.IsGreaterThan(3, first.Evaluations.Configurations, "the first run must have searched");
        var (text, time) = (File.ReadAllText(LockPath), File.GetLastWriteTimeUtc(LockPath));
        Directory.Delete(Project.StorePath, recursive: true);

        var second = Run(0);

        Assert.AreEqual(first.Output!.Sha256, second.Output!.Sha256);
        Assert.AreEqual("matched", second.Lock!.State);
        Assert.AreEqual(new EvaluationRecord(2, 2L * PipelineProject.Samples, second.Evaluations.FromCache), second.Evaluations, "the float model and the decision, on each sample once");
        Assert.AreEqual(0, second.Iterations);
        Assert.IsEmpty(Project.Events.OfType<RankingFinished>());
        CollectionAssert.DoesNotContain(Project.Events.OfType<StageStarted>().Select(s => s.Stage).ToArray(), "rank");
        Assert.AreEqual(first.Metrics[0].Quantized, second.Metrics[0].Quantized);
        Assert.AreEqual((text, time), (File.ReadAllText(LockPath), File.GetLastWriteTimeUtc(LockPath)), "a file that says so already is left alone");
        CollectionAssert.AreEqual(first.Layers.Reverted.ToArray(), second.Layers.Reverted.ToArray());
    }

    [TestMethod]
    public void Run_RetrainedModel_TriesTheOldDecisionFirstAndTakesIt()
    {
        var first = Run(0);
        Retrain();
        var second = Run(0);
        Assert.AreEqual(RunStatus.WithinBudget, second.Status);
        Assert.AreEqual("changed", second.Lock!.State);
        Assert.AreNotEqual(first.Output!.Sha256, second.Output!.Sha256);
        Assert.AreEqual(new EvaluationRecord(2, 2L * PipelineProject.Samples, second.Evaluations.FromCache), second.Evaluations);
        Assert.AreEqual("what the lock file says", second.Search.Single().Action);
        CollectionAssert.AreEqual(first.Layers.Reverted.ToArray(), second.Layers.Reverted.ToArray());
        Assert.AreEqual(second.Output.Sha256, Entry()["output"]!["sha256"]!.GetValue<string>());
        Assert.AreEqual("matched", Run(0).Lock!.State);
    }

    [TestMethod]
    public void Run_OldDecisionFails_SearchesAsUsual()
    {
        var first = Run(0.5);
        Assert.IsEmpty(first.Layers.Reverted);
        Run(0);
        Edit(entry =>
        {
            var groups = entry["decision"]!["groups"]!;
            var needless = InInt8(entry);
            foreach (var (group, _) in groups.AsObject().ToArray())
                groups[group] = group == needless ? "float" : "int8";
            entry["inputs"]!["tool"] = "another version";
        });

        var report = Run(0);

        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        CollectionAssert.AreEqual(new[] { "what the lock file says", "everything that may be is int8" }, report.Search.Take(2).Select(s => s.Action).ToArray());
        Assert.IsFalse(report.Search[0].Kept);
        Assert.IsGreaterThan(0, report.Search[0].Drops[0]);
        using var fresh = new PipelineProject();
        Assert.AreEqual(fresh.Run(fresh.Manifest(0)).Output!.Sha256, report.Output!.Sha256, "a failed first try changes nothing");
    }

    [TestMethod]
    public void Run_LooserBudget_NeedsNoFloatLayerAnyMore()
    {
        Assert.IsNotEmpty(Run(0).Layers.Reverted);
        var loose = Run(0.5);
        Assert.IsEmpty(loose.Layers.Reverted);
        Assert.AreEqual(0, loose.Evaluations.Samples, "the store knows the int8 model");
        Assert.AreEqual("0.5", Entry()["inputs"]!["compression.accuracy.maximal_drop"]!.GetValue<string>());
    }

    [TestMethod]
    public void Run_GroupsThatAreGone_ArePassedOverWithAMessage()
    {
        Run(0);
        Edit(entry =>
        {
            entry["decision"]!["groups"]!["conv99"] = "float";
            entry["inputs"]!["model"] = "of before";
        });
        var report = Run(0);
        Assert.AreEqual("what the lock file says", report.Search.Single().Action);
        Assert.IsTrue(Diagnostics(DiagnosticSeverity.Information).Any(d => d.Message.Contains("conv99", StringComparison.Ordinal)));
        Assert.IsFalse(Entry()["decision"]!["groups"]!.AsObject().ContainsKey("conv99"));
    }

    [TestMethod]
    public void Run_UnknownRung_MeansFloat()
    {
        var first = Run(0);
        Edit(entry =>
        {
            foreach (var (group, state) in entry["decision"]!["groups"]!.AsObject().ToArray())
                if (state!.GetValue<string>() != "int8")
                    entry["decision"]!["groups"]![group] = "a rung of the future";
            entry["inputs"]!["tool"] = "the future";
        });
        var report = Run(0);
        Assert.AreEqual("what the lock file says", report.Search.Single().Action);
        Assert.IsNotEmpty(first.Layers.Reverted);
        CollectionAssert.AreEqual(first.Layers.Reverted.ToArray(), report.Layers.Reverted.ToArray());
    }

    [TestMethod]
    public void Run_EditedDecision_WarnsProvesWhatItMadeAndWritesIt()
    {
        Run(0.5);
        Edit(entry => entry["decision"]!["groups"]![InInt8(entry)] = "float");
        var report = Run(0.5);
        var warning = Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.LockNotReproduced);
        Assert.Contains("SHA-256", warning.Message);
        Assert.AreEqual(Line("\"sha256\""), warning.Position!.Value.Line);
        Assert.AreEqual(report.Output!.Sha256, Entry()["output"]!["sha256"]!.GetValue<string>());
        Run(0.5);
        Assert.IsEmpty(Diagnostics(DiagnosticSeverity.Warning), "from then on it is so");
    }

    [TestMethod]
    public void Run_DecisionThatMissesTheBudgetItWasMadeFor_WarnsAndSearches()
    {
        var first = Run(0);
        Edit(entry =>
        {
            foreach (var (group, _) in entry["decision"]!["groups"]!.AsObject().ToArray())
                entry["decision"]!["groups"]![group] = "int8";
        });
        Assert.AreEqual(first.Output!.Sha256, Run(0).Output!.Sha256);
        Assert.Contains("not within the budget that it was made for", Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.LockNotReproduced).Message);
        Assert.AreEqual(first.Output.Sha256, Entry()["output"]!["sha256"]!.GetValue<string>());
        Assert.IsNotEmpty(Entry()["decision"]!["groups"]!.AsObject().Where(g => g.Value!.GetValue<string>() != "int8"));
    }

    [TestMethod]
    public void Run_OtherVersionOfOnnxRuntime_EvaluatesTheOldDecisionAndSaysWhy()
    {
        Run(0);
        Edit(entry => entry["inputs"]!["runtime.version"] = "1.0.0");
        var report = Run(0);
        Assert.AreEqual("what the lock file says", report.Search.Single().Action);
        Assert.Contains("runtime.version: '1.0.0'", Diagnostics(DiagnosticSeverity.Information).First().Message);
        Assert.AreEqual(report.Runtime.Version, Entry()["inputs"]!["runtime.version"]!.GetValue<string>());
    }
}
