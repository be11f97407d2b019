using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline.LockFiles;

/// <summary>What a run writes into its lock file, and when it leaves the file alone.</summary>
[TestClass]
public sealed class LockFileWritingTests : LockFileRuns
{
    [TestMethod]
    public void Run_Passes_WritesWhatItDecidedAndMeasured()
    {
        var report = Run(0);
        Assert.IsNotEmpty(report.Layers.Reverted, "or there is nothing to record");
        Assert.AreEqual("new", report.Lock!.State);
        var entry = Entry();
        Assert.AreEqual(report.Output!.Sha256, entry["output"]!["sha256"]!.GetValue<string>());
        Assert.AreEqual("models/model.int8.onnx", entry["output"]!["path"]!.GetValue<string>());
        var groups = entry["decision"]!["groups"]!.AsObject();
        CollectionAssert.AreEquivalent(report.Layers.Details.Where(d => d.Group is not null).Select(d => d.Group).Distinct().ToArray(), groups.Select(g => g.Key).ToArray());
        CollectionAssert.AreEquivalent(report.Layers.Details.Where(d => d.Decision == "float").Select(d => d.Group).Distinct().ToArray(), groups.Where(g => g.Value!.GetValue<string>() == "float").Select(g => g.Key).ToArray());
        Assert.AreEqual(report.Model.Sha256, entry["inputs"]!["model"]!.GetValue<string>());
        Assert.AreEqual(report.Runtime.Version, entry["inputs"]!["runtime.version"]!.GetValue<string>());
        var metric = entry["metrics"]![0]!;
        Assert.AreEqual((1.0, report.Metrics[0].Quantized, 0.0, PipelineProject.Samples), (metric["float"]!.GetValue<double>(), metric["int8"]!.GetValue<double>(), metric["budget"]!.GetValue<double>(), metric["samples"]!.GetValue<int>()));
        Assert.DoesNotContain(Path.GetTempPath(), File.ReadAllText(LockPath), "no path of this machine");
    }

    [TestMethod]
    public void Run_OtherWorkersStoreAndFolder_WritesTheSameBytes()
    {
        Run(0);
        using var other = new PipelineProject();
        other.Run(other.Manifest(0), workers: 1, options: o => o with { LockFile = other.File("quantize.lock.json") });
        CollectionAssert.AreEqual(File.ReadAllBytes(LockPath), File.ReadAllBytes(other.File("quantize.lock.json")));
    }

    [TestMethod]
    public void Run_LockOfAnotherProcessor_IsEvaluatedHereAndStays()
    {
        Run(0);
        Edit(entry => entry["inputs"]!["runtime.isa"] = "arm64-dotprod");
        var text = File.ReadAllText(LockPath);
        var report = Run(0, o => o with { LockedMode = true });
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.Contains("runtime.isa: 'arm64-dotprod'", report.Lock!.Changes.Single());
        Assert.IsTrue(Diagnostics(DiagnosticSeverity.Information).Any(d => d.Message.Contains("another kind of machine", StringComparison.Ordinal)));
        Run(0);
        Assert.AreEqual(text, File.ReadAllText(LockPath), "two machines must not write it in turn");
    }

    [TestMethod]
    public void Run_VariantsWithTheSameOptions_ShareAnEntry()
    {
        Run(0, o => o with { Variant = "net10.0" });
        var text = File.ReadAllText(LockPath);
        Assert.AreEqual("matched", Run(0, o => o with { Variant = "net11.0", LockedMode = true }).Lock!.State);
        Run(0, o => o with { Variant = "net11.0" });
        Assert.AreEqual(text, File.ReadAllText(LockPath));
    }

    [TestMethod]
    public void Run_VariantsWithOtherOptions_DoNotOverwriteEachOther()
    {
        Run(0, o => o with { Variant = "a" });
        Run(0.5, o => o with { Variant = "b" });
        var text = File.ReadAllText(LockPath);
        Assert.AreEqual("matched", Run(0, o => o with { Variant = "a", LockedMode = true }).Lock!.State);
        Assert.AreEqual("matched", Run(0.5, o => o with { Variant = "b", LockedMode = true }).Lock!.State);
        Run(0, o => o with { Variant = "a" });
        Assert.AreEqual(text, File.ReadAllText(LockPath));
    }

    [TestMethod]
    public void Run_DamagedLock_IsAnErrorAndStays()
    {
        Run(0);
        File.WriteAllText(LockPath, "{ \"schemaVersion\": 1, ");
        Assert.AreEqual(DiagnosticCodes.LockFileInvalid, Assert.ThrowsExactly<QuantizeException>(() => Run(0)).Diagnostics.Single().Code);
        Assert.AreEqual("{ \"schemaVersion\": 1, ", File.ReadAllText(LockPath));
    }

    [TestMethod]
    public void Run_LockCannotBeWritten_PublishesWithAWarning()
    {
        Directory.CreateDirectory(Project.File("blocked.file"));
        File.WriteAllText(Project.File("blocked.file", "x"), "");
        var report = Run(0.5, o => o with { LockFile = Project.File("blocked.file", "x", "quantize.lock.json") });
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.HasCount(1, Diagnostics(DiagnosticSeverity.Warning).Where(d => d.Code == DiagnosticCodes.LockNotWritten).ToArray());
    }

    [TestMethod]
    public void Run_BudgetMissed_LeavesTheLockAsItWas()
    {
        Run(0);
        var text = File.ReadAllText(LockPath);
        Assert.AreEqual(RunStatus.BudgetExceeded, Run(-1).Status);
        Assert.AreEqual(text, File.ReadAllText(LockPath));
    }
}
