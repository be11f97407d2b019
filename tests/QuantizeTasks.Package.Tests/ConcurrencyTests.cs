using System.Diagnostics;
using System.Security.Cryptography;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Builds that are stopped half way, and builds side by side.</summary>
[TestClass]
public class ConcurrencyTests
{
    private const string Bin = "bin/Debug/net10.0";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [TestMethod]
    public void Build_InterruptedWhileQuantizing_EndsTheToolAndTheNextBuildIsRight()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: there is no SIGINT on Windows.");
        var project = TestProject.WithFakeTool("# fake: sleep 60000");
        project.Run("restore").MustSucceed();

        var build = project.Start("build", "--no-restore");
        WaitFor(() => Running(project).Length == 1, "The tool did not start.");
        var watch = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-INT", $"{build.Id}"]))
            kill.WaitForExit();
        var result = build.Wait();

        Assert.AreNotEqual(0, result.ExitCode, result.Output);
        Assert.IsLessThan(TimeSpan.FromSeconds(30), watch.Elapsed);
        WaitFor(() => !IsAlive(Running(project)), "The tool outlived the build.");
        Assert.IsEmpty(project.Int8Models());

        project.Write("quantize.yaml", "model: models/net.onnx");
        project.Build("--no-restore").MustSucceed();
        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models(Bin));
    }

    [TestMethod]
    public void Build_InterruptedAfterAnEarlierSuccess_KeepsTheEarlierModelAndRunsAgain()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: there is no SIGINT on Windows.");
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();
        project.Write("quantize.yaml", "model: models/net.onnx\n# fake: sleep 60000");
        project.Touch("quantize.yaml");

        var build = project.Start("build", "--no-restore");
        WaitFor(() => Running(project).Length == 1, "The tool did not start.");
        using (var kill = Process.Start("kill", ["-INT", $"{build.Id}"]))
            kill.WaitForExit();
        Assert.AreNotEqual(0, build.Wait().ExitCode);

        Assert.HasCount(1, project.Int8Models(Bin), "Nothing was judged, so nothing is taken back.");
        project.Write("quantize.yaml", "model: models/net.onnx");
        Assert.AreEqual(1, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"), "The interrupted job has no stamp.");
    }

    [TestMethod]
    public void Build_TwoAtOnce_BothSucceedWithWholeModels()
    {
        var project = TestProject.WithFakeTool("# fake: sleep 500");
        project.Build().MustSucceed();
        project.Write("models/net.onnx", "another float model");

        var first = project.Start("build", "--no-restore");
        var second = project.Start("build", "--no-restore");
        var (one, two) = (first.Wait(), second.Wait());

        Assert.AreEqual(0, one.ExitCode, one.Output);
        Assert.AreEqual(0, two.ExitCode, two.Output);
        Assert.AreEqual($"int8 of {Convert.ToHexStringLower(SHA256.HashData("another float model"u8))}", File.ReadAllText(project[$"{Bin}/models/net.int8.onnx"]));
        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));
        Assert.IsEmpty(Directory.EnumerateFiles(project["obj"], "*.tmp", SearchOption.AllDirectories));
    }

    /// <summary>The fake tool's mark, one for each process.</summary>
    private static string[] Running(TestProject project) => Directory.GetFiles(project.Root, "*.running");

    /// <summary>A killed process leaves its mark behind, but not its lock on it.</summary>
    private static bool IsAlive(string[] marks)
    {
        try
        {
            foreach (var mark in marks)
                File.Open(mark, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static void WaitFor(Func<bool> condition, string otherwise)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); Thread.Sleep(20))
            Assert.IsLessThan(Limit, watch.Elapsed, otherwise);
    }
}
