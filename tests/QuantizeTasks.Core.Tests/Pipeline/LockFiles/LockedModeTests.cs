using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline.LockFiles;

/// <summary>In locked mode nothing may differ from what the lock file says.</summary>
[TestClass]
public sealed class LockedModeTests : LockFileRuns
{
    [TestMethod]
    public void LockedMode_NothingChanged_Passes()
    {
        var first = Run(0);
        Directory.Delete(Project.StorePath, recursive: true);
        var report = Run(0, o => o with { LockedMode = true });
        Assert.AreEqual(first.Output!.Sha256, report.Output!.Sha256);
        Assert.AreEqual(2, report.Evaluations.Configurations);
    }

    [TestMethod]
    public void LockedMode_CleanMachine_IsOnePassOverTheValidationDataAndExplainsNothing()
    {
        var first = Run(0);
        Directory.Delete(Project.StorePath, recursive: true);
        var report = Run(0, o => o with { LockedMode = true });
        Assert.AreEqual(2 * PipelineProject.Samples, report.Evaluations.Samples, "float and int8 model once");
        CollectionAssert.AreEqual(new[] { "calibration statistics/3", "observations/2" }, Kinds());
        StringAssert.Contains(report.Layers.NoErrors, "locked mode");
        Assert.IsTrue(report.Layers.Details.All(l => l.LocalDecibels is null));
        CollectionAssert.AreEqual(first.Layers.Details.Select(l => l.WeightDecibels).ToArray(), report.Layers.Details.Select(l => l.WeightDecibels).ToArray(), "what needs no pass is there");
        Assert.AreEqual(first.Output!.Sha256, report.Output!.Sha256);
    }

    [TestMethod]
    [DataRow(VerifyMode.Changed, 0)]
    [DataRow(VerifyMode.Always, 2 * PipelineProject.Samples)]
    public void LockedMode_StoreOfTheRunThatWroteTheFile_ComputesNothingElseAndExplainsAsThatDid(VerifyMode verify, int samples)
    {
        var first = Run(0);
        var kinds = Kinds();
        var report = Run(0, o => o with { LockedMode = true, Verify = verify });
        Assert.AreEqual(samples, report.Evaluations.Samples);
        CollectionAssert.AreEqual(kinds, Kinds());
        Assert.IsNull(report.Layers.NoErrors);
        CollectionAssert.AreEqual(first.Layers.Details.Select(l => (l.Name, l.LocalDecibels, l.AccumulatedDecibels)).ToArray(), report.Layers.Details.Select(l => (l.Name, l.LocalDecibels, l.AccumulatedDecibels)).ToArray());
        Assert.IsFalse(Project.Events.OfType<StageStarted>().Any(e => e.Stage is "rank" or "search" or "trim"));
    }

    [TestMethod]
    public void LockedMode_NoLockFile_IsAnError()
    {
        Assert.AreEqual(DiagnosticCodes.LockFileMissing, Failure(0).Single().Code);
        Assert.IsFalse(File.Exists(LockPath), "and is not written");
        Assert.IsFalse(File.Exists(Project.OutputPath));
        var error = Assert.ThrowsExactly<QuantizeException>(() => Project.Run(Project.Manifest(0), options: o => o with { LockedMode = true })).Diagnostics.Single();
        Assert.AreEqual(DiagnosticCodes.LockFileMissing, error.Code, "also where none is wanted");
        StringAssert.StartsWith(error.Message, "The run is in locked mode, which needs a lock file, and none is to be used. ");
    }

    [TestMethod]
    [DataRow("model")]
    [DataRow("data.validation")]
    [DataRow("data.calibration")]
    [DataRow("metric accuracy@top1")]
    [DataRow("runtime.package")]
    [DataRow("runtime.version")]
    [DataRow("tool")]
    [DataRow("compression.target_device")]
    [DataRow("output")]
    public void LockedMode_AnotherInput_NamesItWithBothValuesAndPlaces(string input)
    {
        Run(0);
        var now = Entry()["inputs"]![input]!.GetValue<string>();
        Edit(entry => entry["inputs"]![input] = "of before");
        var text = File.ReadAllText(LockPath);

        var error = Failure(0).Single();

        Assert.AreEqual(DiagnosticCodes.LockFileMismatch, error.Code);
        Assert.Contains($"{input}: 'of before' (line {Line("of before")} of the lock file) -> '{now}'", error.Message);
        Assert.AreEqual(input.StartsWith("runtime", StringComparison.Ordinal) || input == "tool" ? LockPath : Project.File("quantize.yaml"), error.Position!.Value.File);
        Assert.AreEqual(text, File.ReadAllText(LockPath), "the file is not written");
        Assert.IsFalse(File.Exists(Project.OutputPath), "and the model of before is gone");
    }

    [TestMethod]
    public void LockedMode_SeveralChanges_AreAllNamed()
    {
        Run(0);
        Retrain();
        var errors = Assert.ThrowsExactly<QuantizeException>(() => Run(0.25, o => o with { LockedMode = true }, m => m with
        {
            Compression = m.Compression with { Quantization = m.Compression.Quantization with { StatSubsetSize = new Located<int>(8, new SourcePosition("/m.yaml", 3, 4)) } },
        })).Diagnostics;
        string[] expected = ["compression.accuracy.maximal_drop: '0' ", "compression.quantization.stat_subset_size: nothing -> '8'", "model: '"];
        CollectionAssert.AreEqual(expected, errors.Select(e => expected.FirstOrDefault(e.Message.Contains) ?? e.Message).ToArray());
        Assert.AreEqual(new SourcePosition("/m.yaml", 3, 4), errors[1].Position);
    }

    [TestMethod]
    public void LockedMode_OptionThatIsGone_IsNamed()
    {
        Run(0, edit: m => m with { Compression = m.Compression with { Prefer = Preference.Size } });
        Assert.Contains("compression.prefer: 'size'", Failure(0).Single().Message);
    }

    [TestMethod]
    public void LockedMode_EditedDecision_IsAnErrorThatSaysWhatDiffers()
    {
        Run(0);
        Edit(entry => entry["decision"]!["groups"]![InInt8(entry)] = "float");
        var error = Failure(0).Single();
        Assert.AreEqual(DiagnosticCodes.LockFileMismatch, error.Code);
        Assert.AreEqual((LockPath, Line("\"sha256\"")), (error.Position!.Value.File, error.Position.Value.Line));
        Assert.IsFalse(File.Exists(Project.OutputPath));
    }

    [TestMethod]
    public void LockedMode_EditedHash_IsAnError()
    {
        Run(0);
        Edit(entry => entry["output"]!["sha256"] = new string('0', 64));
        Assert.Contains(new string('0', 64), Failure(0).Single().Message);
    }

    [TestMethod]
    public void LockedMode_EditedFigure_IsAnErrorAndNothingIsPublished()
    {
        Run(0);
        Edit(entry => entry["metrics"]![0]!["int8"] = 0.75);
        Assert.Contains("0.75", Failure(0).Single().Message);
        Assert.IsFalse(File.Exists(Project.OutputPath));
        Run(0);
        Assert.AreEqual(1.0, Entry()["metrics"]![0]!["int8"]!.GetValue<double>(), "outside locked mode the file is put right");
    }

    private string[] Kinds() => [.. Cache.Describe(Project.StorePath).Kinds.Select(k => k.Name)];
}
