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

    private static string Result(RunReport report) => $"{report.Output!.Sha256} {string.Join(' ', report.Search.Select(s => $"{s.Action} {string.Join(',', s.Drops)}"))}";

    private void AssertChanged(Action run)
    {
        Assert.AreEqual(DiagnosticCodes.DataChanged, Assert.ThrowsExactly<QuantizeException>(run).Diagnostics.Single().Code);
        Assert.IsFalse(File.Exists(_project.OutputPath));
    }

    /// <summary>Other values in the same file, of the same size and time.</summary>
    private void Overwrite(string file)
    {
        var path = _project.File(file);
        var time = File.GetLastWriteTimeUtc(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            const int header = 128;
            stream.Position = header;
            stream.Write([.. Enumerable.Repeat(file == "labels.npy" ? (byte)0 : (byte)0x3f, (int)stream.Length - header)]);
        }
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
