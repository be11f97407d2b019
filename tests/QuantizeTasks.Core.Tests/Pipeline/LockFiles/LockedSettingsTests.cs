using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline.LockFiles;

/// <summary>Choices beside the groups that a lock file carries: ranges, selection, tuned settings, a model left as it is.</summary>
[TestClass]
public sealed class LockedSettingsTests : LockFileRuns
{
    [TestMethod]
    public void Run_AutomaticRanges_AreTakenFromTheLock()
    {
        QuantizationManifest Auto(QuantizationManifest m) => m with
        {
            Compression = m.Compression with { Quantization = m.Compression.Quantization with { RangeEstimator = new(new("auto", new SourcePosition("m", 1, 1)), null, null) } },
        };
        var first = Run(0.5, edit: Auto);
        Assert.IsNotNull(Entry()["decision"]!["estimator"]);
        Directory.Delete(Project.StorePath, recursive: true);
        Assert.AreEqual(first.Output!.Sha256, Run(0.5, o => o with { LockedMode = true }, Auto).Output!.Sha256);
    }

    [TestMethod]
    public void Run_WithoutMetricsOrBudget_IsLockedByItsBytes()
    {
        QuantizationManifest Plain(QuantizationManifest m) => m with { Metrics = [], Validation = null };
        var manifest = Project.Manifest(null, isAccuracyAware: false, edit: Plain);
        var first = Project.Run(manifest, options: o => o with { LockFile = LockPath });
        Assert.AreEqual(RunStatus.NotGated, first.Status);
        Assert.IsEmpty(Entry()["metrics"]!.AsArray());
        Assert.AreEqual("matched", Project.Run(manifest, options: o => o with { LockFile = LockPath, LockedMode = true }).Lock!.State);
        Edit(entry => entry["output"]!["sha256"] = "00");
        Assert.ThrowsExactly<QuantizeException>(() => Project.Run(manifest, options: o => o with { LockFile = LockPath, LockedMode = true }));
    }

    [TestMethod]
    public void Run_PreferMeasured_TakesTheChoiceFromTheLockInsteadOfMeasuring()
    {
        var chosen = Run(0.5);
        Edit(entry => entry["inputs"]!["compression.prefer"] = "measured");
        var report = Run(0.5, o => o with { LockedMode = true }, m => m with { Compression = m.Compression with { Prefer = Preference.Measured } });
        Assert.AreEqual(chosen.Output!.Sha256, report.Output!.Sha256);
        CollectionAssert.AreEqual(chosen.Selection!.Int8.ToArray(), report.Selection!.Int8.ToArray());
        CollectionAssert.DoesNotContain(Project.Events.OfType<StageStarted>().Select(s => s.Stage).ToArray(), "measure");
    }

    [TestMethod]
    public void Run_TunedSettings_AreTakenFromTheLock()
    {
        QuantizationManifest Tuned(QuantizationManifest m) => m with { Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { ConvertToMixedPreset = true } } };
        var first = Run(0.001, edit: Tuned);
        Assert.AreEqual("preset mixed", first.Schemes[1].Name, "the fixture must miss its budget in plain int8, or this tests nothing");
        Edit(entry => entry["inputs"]!["tool"] = "of before");
        Assert.AreEqual(first.Output!.Sha256, Run(0.001, edit: Tuned).Output!.Sha256);
        Directory.Delete(Project.StorePath, recursive: true);
        var replayed = Run(0.001, o => o with { LockedMode = true }, Tuned);
        Assert.AreEqual((first.Output.Sha256, 2), (replayed.Output!.Sha256, replayed.Evaluations.Configurations));
        Assert.IsEmpty(replayed.Schemes);
        Assert.AreEqual(first.Schemes[1].Kept ? "preset mixed" : "", Entry()["decision"]!["settings"]!.GetValue<string>());
    }

    [TestMethod]
    public void Run_SkipModel_IsLockedToo()
    {
        QuantizationManifest Skip(QuantizationManifest m) => m with { Compression = m.Compression with { Quantization = m.Compression.Quantization with { Ignored = IgnoredOperators.None with { SkipModel = true } } } };
        Run(0, edit: Skip);
        Assert.AreEqual("matched", Run(0, o => o with { LockedMode = true }, Skip).Lock!.State);
        Assert.Contains("skip_model", Failure(0).Single().Message);
    }
}
