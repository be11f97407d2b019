using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using QuantizeTasks.MSBuild.Tests.Testing;

namespace QuantizeTasks.MSBuild.Tests;

/// <summary>The task with a real process: the fake tool, which does what comments in the manifest say.</summary>
[TestClass]
public sealed class RunQuantizationTests : IDisposable
{
    private readonly TaskProject _project = new();

    public RunQuantizationTests()
    {
        _project.Folder.Write("models/net.onnx", "float");
        _project.Item("quantize.yaml");
    }

    private string Model => _project.Folder["obj/quantize/quantize/output/models/net.int8.onnx"];

    private string Copy => Path.Combine(_project.Bin, "models/net.int8.onnx");

    [TestMethod]
    public void Execute_Success_ModelAndStampLieThere()
    {
        var job = Manifest("");

        Assert.IsTrue(_project.Run(job), Errors());

        Assert.IsTrue(File.Exists(Model));
        Assert.IsTrue(File.Exists(job.GetMetadata("Stamp")));
        Assert.AreEqual("net.onnx: quantized", _project.Engine.Messages.Single(m => m.Importance == MessageImportance.High).Message);
        Assert.IsEmpty(_project.Engine.Warnings);
    }

    [TestMethod]
    public void Execute_FileChangesWhileTheToolIsBusy_IsNewerThanTheStamp()
    {
        var job = Manifest("# fake: sleep 300");
        var changed = DateTime.MinValue;
        using var timer = new Timer(_ => { File.AppendAllText(_project.Folder["models/net.onnx"], "!"); changed = File.GetLastWriteTimeUtc(_project.Folder["models/net.onnx"]); }, null, 100, Timeout.Infinite);

        Assert.IsTrue(_project.Run(job), Errors());

        Assert.AreNotEqual(DateTime.MinValue, changed);
        Assert.IsGreaterThan(File.GetLastWriteTimeUtc(job.GetMetadata("Stamp")), changed);
        Assert.IsLessThanOrEqualTo(File.GetLastWriteTimeUtc(job.GetMetadata("Stamp")), File.GetLastWriteTimeUtc(job.GetMetadata("InputList")));
    }

    [TestMethod]
    public void Execute_ModelIsTheSameAgain_IsNoOlderThanTheStamp()
    {
        var job = Manifest("# fake: keep-equal-files");
        Assert.IsTrue(_project.Run(job), Errors());
        File.SetLastWriteTimeUtc(Model, DateTime.UtcNow.AddHours(-1));

        Assert.IsTrue(_project.Run(job), Errors());

        Assert.IsGreaterThanOrEqualTo(File.GetLastWriteTimeUtc(job.GetMetadata("Stamp")), File.GetLastWriteTimeUtc(Model));
    }

    [TestMethod]
    public void Execute_Error_HasCodeAndPlace()
    {
        var job = Manifest("# fake: error QTZ2001 14 19 accuracy dropped: 71.9 % {0}");

        Assert.IsFalse(_project.Run(job));

        var error = _project.Engine.Errors.Single();
        Assert.AreEqual("QTZ2001", error.Code);
        Assert.AreEqual(_project.Folder["quantize.yaml"], error.File);
        Assert.AreEqual(14, error.LineNumber);
        Assert.AreEqual(19, error.ColumnNumber);
        Assert.AreEqual("accuracy dropped: 71.9 % {0}", error.Message!);
    }

    [TestMethod]
    public void Execute_Error_TakesBackWhatAnEarlierBuildMade()
    {
        Succeed();
        var job = Manifest("# fake: error QTZ2001 1 1 no");

        Assert.IsFalse(_project.Run(job));

        AssertNothingIsLeft(job);
    }

    [TestMethod]
    [DataRow("# fake: crash", "QTZ7003")]
    [DataRow("# fake: exit 3", "QTZ7003")]
    [DataRow("# fake: deliver-nothing", "QTZ7003")]
    [DataRow("# fake: exit 150", "QTZ7002")]
    public void Execute_ToolEndsWithoutAnError_IsOneErrorAndNothingIsLeft(string script, string code)
    {
        Succeed();
        var job = Manifest(script);
        Assert.IsFalse(_project.Run(job));

        Assert.AreEqual(code, _project.Engine.Errors.Single().Code);
        AssertNothingIsLeft(job);
    }

    [TestMethod]
    public void Execute_ToolCrashes_ItsLastWordsAreInTheErrorAndNoStackTraceIs()
    {
        Assert.IsFalse(_project.Run(Manifest("# fake: crash")));

        var message = _project.Engine.Errors.Single().Message!;
        Assert.Contains("scripted crash", message);
        Assert.DoesNotContain("\n", message);
        Assert.DoesNotContain(" at ", message);
    }

    [TestMethod]
    public void Execute_ToolIsMissing_SaysSoAndNothingIsLeft()
    {
        Succeed();
        var job = Manifest("");
        _project.ToolAssembly = _project.Folder["nowhere/dotnet-quantize.dll"];

        Assert.IsFalse(_project.Run(job));

        Assert.AreEqual("QTZ7001", _project.Engine.Errors.Single().Code);
        AssertNothingIsLeft(job);
    }

    [TestMethod]
    public void Execute_WarningOnly_SucceedsAndTheStampHoldsIt()
    {
        var job = Manifest("# fake: warning QTZ5007 3 7 odd");

        Assert.IsTrue(_project.Run(job), Errors());

        Assert.AreEqual("QTZ5007", _project.Engine.Warnings.Single().Code);
        Assert.IsTrue(File.Exists(Model));
        Assert.AreEqual("odd", Stamp.Read(job.GetMetadata("Stamp")).Single()!.Message);
    }

    [TestMethod]
    public void RepeatWarnings_NextBuild_SaysThemAgainOnceAndNotInTheBuildThatRan()
    {
        var job = Manifest("# fake: warning QTZ5007 3 7 odd");
        var before = _project.Prepare().Jobs;
        Assert.IsTrue(_project.Run(job), Errors());
        Assert.IsTrue(_project.Repeat(before));
        Assert.IsEmpty(_project.Engine.Warnings, "the run itself has said it");

        var next = _project.Prepare().Jobs;
        Assert.IsTrue(_project.Repeat(next));

        var warning = _project.Engine.Warnings.Single();
        Assert.AreEqual(("QTZ5007", 3, 7, "odd", _project.Folder["quantize.yaml"]), (warning.Code, warning.LineNumber, warning.ColumnNumber, warning.Message!, warning.File));
    }

    [TestMethod]
    public void RepeatWarnings_TreatedAsErrors_FailsAndTakesTheCopyAway()
    {
        Succeed();
        Assert.IsTrue(_project.Run(Manifest("# fake: warning QTZ5007 3 7 odd")), Errors());
        Assert.IsTrue(File.Exists(Copy));

        Assert.IsFalse(_project.Repeat(_project.Prepare().Jobs, warningsAsErrors: true));

        Assert.AreEqual("QTZ5007", _project.Engine.Errors.Single().Code);
        Assert.IsFalse(File.Exists(Copy));
        Assert.IsTrue(File.Exists(Model), "it is proven; the next build without the switch copies it");
    }

    [TestMethod]
    public void Prepare_DamagedStamp_IsLetGo()
    {
        var job = Manifest("# fake: warning QTZ5007 3 7 odd");
        Assert.IsTrue(_project.Run(job), Errors());
        File.WriteAllText(job.GetMetadata("Stamp"), "{\"kind\":\"diagno");

        var jobs = _project.Prepare().Jobs;

        Assert.IsFalse(File.Exists(job.GetMetadata("Stamp")));
        Assert.AreEqual("", jobs.Single().GetMetadata("Warned"));
    }

    [TestMethod]
    public void Execute_WarningThatIsTreatedAsError_FailsTakesTheCopyAwayAndKeepsTheWork()
    {
        Succeed();
        var job = Manifest("# fake: warning QTZ5007 3 7 odd");

        Assert.IsFalse(_project.Run(job, warningsAsErrors: true));

        Assert.AreEqual("QTZ5007", _project.Engine.Errors.Single().Code);
        Assert.IsFalse(File.Exists(Copy), "bin");
        Assert.IsTrue(File.Exists(Model), "it is within its budget");
        Assert.IsTrue(File.Exists(job.GetMetadata("Stamp")), "nothing has to be done again");
    }

    [TestMethod]
    public void Execute_Cancelled_TheToolIsKilledAndTheEarlierModelStays()
    {
        Succeed();
        var job = Manifest("# fake: sleep 60000");
        var started = System.Diagnostics.Stopwatch.StartNew();
        Timer? timer = null;

        Assert.IsFalse(_project.Run(job, configure: task => timer = new Timer(_ => task.Cancel(), null, 500, Timeout.Infinite)));

        timer!.Dispose();
        Assert.IsLessThan(TimeSpan.FromSeconds(30), started.Elapsed);
        Assert.IsTrue(File.Exists(Copy));
    }

    [TestMethod]
    public void Execute_OutputThatIsNoEvent_IsAQuietMessage()
    {
        Assert.IsTrue(_project.Run(Manifest("# fake: print error : not ours")), Errors());

        Assert.IsEmpty(_project.Engine.Errors);
        Assert.AreEqual(MessageImportance.Low, _project.Engine.Messages.Single(m => m.Message == "error : not ours").Importance);
    }

    [TestMethod]
    public void Execute_OnlyAskedWhetherThereIsWork_FailsAndTouchesNothing()
    {
        Succeed();
        var job = Manifest("# fake: another");
        var stamp = File.GetLastWriteTimeUtc(job.GetMetadata("Stamp"));

        Assert.IsFalse(_project.Run(job, configure: task => task.FailIfNotIncremental = true));

        Assert.Contains("out of date", Errors());
        Assert.IsTrue(File.Exists(Model));
        Assert.IsTrue(File.Exists(Copy));
        Assert.AreEqual(stamp, File.GetLastWriteTimeUtc(job.GetMetadata("Stamp")));
        Assert.HasCount(1, File.ReadAllLines(_project.Folder["quantize.yaml.starts"]));
    }

    [TestMethod]
    public void Execute_NoDotNet_SaysWhatToInstall()
    {
        var job = Manifest("");
        var file = _project.Folder.Write("not-a-program");

        Assert.IsFalse(_project.Run(job, configure: task => task.DotNetHostCandidates = [new TaskItem(file)]));

        Assert.Contains("QTZ7002", Errors());
    }

    private ITaskItem Manifest(string script)
    {
        _project.Folder.Write("quantize.yaml", $"model: models/net.onnx\n{script}\n");
        var prepare = _project.Prepare();
        return prepare.Due.Single();
    }

    /// <summary>An earlier build that went well: the model lies in obj, and MSBuild has copied it to bin.</summary>
    private void Succeed()
    {
        Assert.IsTrue(_project.Run(Manifest("")), Errors());
        Directory.CreateDirectory(Path.GetDirectoryName(Copy)!);
        File.Copy(Model, Copy);
    }

    private void AssertNothingIsLeft(ITaskItem job)
    {
        Assert.IsFalse(File.Exists(Model), "obj");
        Assert.IsFalse(File.Exists(Copy), "bin");
        Assert.IsFalse(File.Exists(job.GetMetadata("Stamp")), "stamp");
    }

    private string Errors() => string.Join('\n', _project.Engine.Errors.Select(e => $"{e.Code}: {e.Message}"));

    public void Dispose() => _project.Dispose();
}
