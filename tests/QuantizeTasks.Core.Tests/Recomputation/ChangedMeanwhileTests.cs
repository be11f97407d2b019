using System.Runtime.InteropServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Pipeline;

namespace QuantizeTasks.Tests.Recomputation;

/// <summary>Files that somebody writes while a run reads them: no verdict is given on a mixture, and the store says nothing of it afterwards.</summary>
[TestClass]
public sealed class ChangedMeanwhileTests : IDisposable
{
    private readonly PipelineProject _project = new();

    private string Data => _project.File("x.npy");

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("x.npy", "evaluate", DisplayName = "samples, between float and int8 model")]
    [DataRow("x.npy", "rank", DisplayName = "samples, in the search")]
    [DataRow("x.npy", "publish", DisplayName = "samples, before the verdict")]
    [DataRow("labels.npy", "evaluate", DisplayName = "labels")]
    public void Run_ValidationDataIsOverwritten_PublishesNothingAndTheStoreStaysRight(string file, string stage)
    {
        var expected = Clean();
        var before = File.ReadAllBytes(_project.File(file));
        AssertChanged(() => _project.Run(Manifest(), onEvent: e => Started(e, stage, () => Overwrite(file))));
        File.WriteAllBytes(_project.File(file), before);
        Assert.AreEqual(expected, Result(_project.Run(Manifest())));
    }

    [TestMethod]
    public void Run_CancelledAfterDataWasOverwritten_StoreStaysRight()
    {
        var expected = Clean();
        var before = File.ReadAllBytes(Data);
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => _project.Run(Manifest(), cancellation: cancellation.Token, onEvent: e =>
        {
            Started(e, "evaluate", () => Overwrite("x.npy"));
            Started(e, "rank", cancellation.Cancel);
        }));
        File.WriteAllBytes(Data, before);
        Assert.AreEqual(expected, Result(_project.Run(Manifest())));
    }

    [TestMethod]
    [DataRow("x.npy", "baseline")]
    [DataRow("x.npy", "rank")]
    [DataRow("labels.npy", "baseline")]
    public void Run_KilledAfterDataWasOverwritten_StoreStaysRight(string file, string stage)
    {
        var expected = Clean();
        var before = File.ReadAllBytes(_project.File(file));
        var isOverwritten = false;
        // What a killed process leaves behind is what the disk holds at any moment; nothing of the run happens after the last.
        AssertChanged(() => _project.Run(Manifest(), onEvent: e =>
        {
            Started(e, stage, () => Overwrite(file, keepsTime: false));
            isOverwritten |= e is StageStarted started && started.Stage == stage;
            if (isOverwritten)
                CopyFolder(_project.StorePath, _project.File("at the kill"));
        }));
        Directory.Delete(_project.StorePath, recursive: true);
        Directory.Move(_project.File("at the kill"), _project.StorePath);
        File.WriteAllBytes(_project.File(file), before);
        Assert.AreEqual(expected, Result(_project.Run(Manifest())));
    }

    [TestMethod]
    public void Run_DataIsOverwrittenAndPutBack_PublishesNothing()
    {
        var before = File.ReadAllBytes(Data);
        AssertChanged(() => _project.Run(Manifest(), onEvent: e =>
        {
            Started(e, "baseline", () => Overwrite("x.npy", keepsTime: false));
            Started(e, "publish", () => File.WriteAllBytes(Data, before));
        }));
    }

    [TestMethod]
    public void Run_CertificationDataIsOverwrittenBeforeItIsUsed_IsAnError()
    {
        WriteUnseen();
        AssertChanged(() => _project.Run(
            Certified(0.6), onEvent: e => Started(e, "calibrate", () => Overwrite("unseen.npy")), options: o => o with { LockFile = _project.File("quantize.lock.json") }));
        Assert.IsFalse(File.Exists(_project.File("quantize.lock.json")), "it would record what nothing was measured on");
    }

    [TestMethod]
    public void Run_KilledAfterCertificationDataWasOverwritten_StoreStaysRight()
    {
        WriteUnseen();
        var expected = _project.Run(Certified(0.6)).Metrics[0];
        Directory.Delete(_project.StorePath, recursive: true);
        var before = File.ReadAllBytes(_project.File("unseen.npy"));
        var isOverwritten = false;
        AssertChanged(() => _project.Run(Certified(0.6), onEvent: e =>
        {
            Started(e, "certify", () => Overwrite("unseen.npy", keepsTime: false));
            isOverwritten |= e is StageStarted { Stage: "certify" };
            if (isOverwritten)
                CopyFolder(_project.StorePath, _project.File("at the kill"));
        }));
        Directory.Delete(_project.StorePath, recursive: true);
        Directory.Move(_project.File("at the kill"), _project.StorePath);
        File.WriteAllBytes(_project.File("unseen.npy"), before);
        Assert.AreEqual(expected, _project.Run(Certified(0.6)).Metrics[0]);
    }

    [TestMethod]
    public void RunShard_DataIsOverwritten_IsAnErrorAndLeavesNothingInTheStore()
    {
        var before = File.ReadAllBytes(Data);
        AssertChanged(() => ShardPipeline.Run(Manifest(), _project.Options(), new Shard(1, 2), new Listener(e => Started(e, "evaluate", () => Overwrite("x.npy"))), default));
        Assert.IsFalse(Cache.Describe(_project.StorePath).Kinds.Any(k => k.Name.StartsWith("observations", StringComparison.Ordinal)));
        File.WriteAllBytes(Data, before);
        Assert.AreEqual(PipelineProject.Samples, ShardPipeline.Run(Manifest(), _project.Options(), new Shard(1, 2), new Listener(_ => { }), default).Evaluations.Samples, "all of it anew");
    }

    [TestMethod]
    public void Run_CalibrationDataIsOverwritten_IsAnErrorAndTheStoreStaysRight()
    {
        var expected = Clean();
        var before = File.ReadAllBytes(_project.File("calibration.npy"));
        AssertChanged(() => _project.Run(Manifest(), onEvent: e =>
        {
            if (e is StageProgress { Stage: "calibrate" })
                Overwrite("calibration.npy");
        }));
        File.WriteAllBytes(_project.File("calibration.npy"), before);
        Assert.AreEqual(expected, Result(_project.Run(Manifest())));
    }

    [TestMethod]
    public void Run_ModelIsReplacedBeforeItIsEvaluated_IsAnError()
    {
        var (first, other) = (File.ReadAllBytes(_project.ModelPath), PipelineProject.Network(m => m.Named("more", "Neg", ["g"], ["y"])));
        var error = Assert.ThrowsExactly<QuantizeException>(() => _project.Run(Manifest(), onEvent: e => Started(e, "baseline", () => other.Save(_project.ModelPath)))).Diagnostics.Single();
        Assert.AreEqual(DiagnosticCodes.ModelUnreadable, error.Code);
        StringAssert.Contains(error.Message, "was changed");
        Assert.IsFalse(File.Exists(_project.OutputPath));
        File.WriteAllBytes(_project.ModelPath, first);
        Assert.AreEqual(1.0, _project.Run(Manifest()).Metrics[0].Baseline);
    }

    private QuantizationManifest Manifest() => _project.Manifest(maximalDrop: 0);

    /// <summary>What a run gives with an empty store, which it leaves empty.</summary>
    private string Clean()
    {
        var result = Result(_project.Run(Manifest()));
        Directory.Delete(_project.StorePath, recursive: true);
        Directory.Delete(_project.File("out"), recursive: true);
        return result;
    }

    /// <summary>Half of the samples as data of its own.</summary>
    private void WriteUnseen()
    {
        const int half = PipelineProject.Samples / 2;
        PipelineProject.WriteNpy(_project.File("unseen.npy"), TestModels.RandomFloats("validation", [PipelineProject.Samples, 3, 16, 16])[..(half * 768)], half, 3, 16, 16);
        var labels = File.ReadAllBytes(_project.File("labels.npy"))[^(PipelineProject.Samples * sizeof(float))..];
        PipelineProject.WriteNpy(_project.File("unseen_labels.npy"), MemoryMarshal.Cast<byte, float>(labels)[..half].ToArray(), half);
    }

    private QuantizationManifest Certified(double maximalDrop)
    {
        var source = (TensorSourceSpecification)_project.Manifest().Validation!;
        return _project.Manifest(maximalDrop, edit: m => m with
        {
            Certification = source with { Tensors = source.Tensors.SetItem("x", new(_project.File("unseen.npy"), source.Position)), Labels = new(_project.File("unseen_labels.npy"), source.Position) },
        });
    }

    private static void CopyFolder(string from, string to)
    {
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            try
            {
                File.Copy(file, copy);
            }
            catch (FileNotFoundException)
            {
                // Written meanwhile under a temporary name, and in place since.
            }
        }
    }

    private static string Result(RunReport report) => $"{report.Output!.Sha256} {string.Join(' ', report.Search.Select(s => $"{s.Action} {string.Join(',', s.Drops)}"))}";

    private void AssertChanged(Action run)
    {
        Assert.AreEqual(DiagnosticCodes.DataChanged, Assert.ThrowsExactly<QuantizeException>(run).Diagnostics.Single().Code);
        Assert.IsFalse(File.Exists(_project.OutputPath));
    }

    /// <summary>Other values in the same file, of the same size and time.</summary>
    private void Overwrite(string file, bool keepsTime = true)
    {
        var path = _project.File(file);
        var time = File.GetLastWriteTimeUtc(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            const int header = 128;
            stream.Position = header;
            stream.Write([.. Enumerable.Repeat(file == "labels.npy" ? (byte)0 : (byte)0x3f, (int)stream.Length - header)]);
        }
        if (keepsTime)
            File.SetLastWriteTimeUtc(path, time);
    }

    private static void Started(RunEvent e, string stage, Action then)
    {
        if (e is StageStarted started && started.Stage == stage)
            then();
    }

    private sealed class Listener(Action<RunEvent> report) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => report(value);
    }
}
