using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline.LockFiles;

/// <summary>How much of what a lock file says is evaluated again.</summary>
[TestClass]
public sealed class VerifyModeTests : LockFileRuns
{
    [TestMethod]
    public void VerifyAlways_EvaluatesWhatTheStoreKnows()
    {
        Run(0);
        var known = Run(0);
        Assert.AreEqual(0, known.Evaluations.Samples, "changed is the default");
        var again = Run(0, o => o with { Verify = VerifyMode.Always });
        Assert.AreEqual((2L * PipelineProject.Samples, 2), (again.Evaluations.Samples, again.Evaluations.Configurations));
        Assert.AreEqual(known.Output!.Sha256, again.Output!.Sha256);
    }

    [TestMethod]
    public void VerifyNever_PublishesWithAWarningAndWritesNoLockFile()
    {
        var report = Run(0, o => o with { Verify = VerifyMode.Never });
        Assert.AreEqual(RunStatus.NotVerified, report.Status);
        Assert.AreEqual((0, 0L), (report.Evaluations.Configurations, report.Evaluations.Samples));
        Assert.IsTrue(File.Exists(Project.OutputPath));
        Assert.Contains("NOTHING WAS PROVEN", Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.NothingVerified).Message);
        Assert.IsFalse(File.Exists(LockPath));
        Assert.Contains("nothing proven", Summary.Line(report));
    }

    [TestMethod]
    public void VerifyNever_WithALock_MakesItsModel()
    {
        var proven = Run(0);
        Assert.AreEqual(proven.Output!.Sha256, Run(0, o => o with { Verify = VerifyMode.Never }).Output!.Sha256);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true, DisplayName = "tuned, on as many samples as there were")]
    public void VerifyHashes_DataIsAbsentAndTheStoreKnowsItsRanges_GivesTheSameBytesAndSaysWhatIsNotCompared(bool tuning)
    {
        QuantizationManifest Tuned(QuantizationManifest m) => m with { Compression = m.Compression with { Quantization = m.Compression.Quantization with { UseLayerwiseTuning = tuning } } };
        var proven = Run(0, edit: Tuned);
        foreach (var file in new[] { "x.npy", "labels.npy", "calibration.npy", Path.Combine("out", "models", "model.int8.onnx") })
            File.Delete(Project.File(file));
        var report = Run(0, o => o with { Verify = VerifyMode.Hashes }, Tuned);
        Assert.AreEqual((RunStatus.NotVerified, proven.Output!.Sha256), (report.Status, report.Output!.Sha256));
        var warning = Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.NothingVerified);
        Assert.Contains("data.calibration, data.validation", warning.Message);
    }

    [TestMethod]
    public void VerifyHashes_DataIsAbsentAndTheStoreKnowsNothing_IsAnErrorAboutTheData()
    {
        Run(0);
        File.Delete(Project.File("calibration.npy"));
        Directory.Delete(Project.StorePath, recursive: true);
        var error = Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = VerifyMode.Hashes })).Diagnostics[0];
        Assert.AreEqual(DiagnosticCodes.DataNotFound, error.Code);
        Assert.IsFalse(File.Exists(Project.OutputPath));
    }

    [TestMethod]
    [DataRow(VerifyMode.Changed)]
    [DataRow(VerifyMode.Always)]
    public void Run_DataIsAbsent_IsAnErrorHoweverMuchTheStoreKnows(VerifyMode mode)
    {
        Run(0);
        File.Delete(Project.File("x.npy"));
        Assert.AreEqual(DiagnosticCodes.DataNotFound, Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = mode })).Diagnostics[0].Code);
        Assert.IsFalse(File.Exists(Project.OutputPath));
    }

    [TestMethod]
    public void VerifyHashes_ChangedModelOrNoLock_IsAnError()
    {
        Assert.AreEqual(DiagnosticCodes.LockFileMissing, Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = VerifyMode.Hashes })).Diagnostics[0].Code);
        Run(0);
        Retrain();
        Assert.AreEqual(DiagnosticCodes.LockFileMismatch, Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = VerifyMode.Hashes })).Diagnostics[0].Code);
    }
}
