using System.Text.Json;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class ProcessTests
{
    [TestMethod]
    [DynamicData(nameof(Commands))]
    public void Help_OfEveryCommand_IsAsAgreed(string command)
    {
        var (exitCode, output, error) = command == "root" ? ToolProcess.Run("--help") : ToolProcess.Run([.. command.Split('-'), "--help"]);
        Assert.AreEqual(0, exitCode, error);
        Assert.AreEqual("", error);
        GeneratedDocument.Check($"tests/QuantizeTasks.Tool.Tests/Golden/help-{command}.txt", string.Join('\n', output.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())));
    }

    private static IEnumerable<string> Commands
    {
        get
        {
            using var tool = new ToolRun();
            return ["root", .. QuantizeTasks.Tool.CommandLine.Create(tool.Engine, tool.Context).Subcommands.SelectMany(c => c.Subcommands.Select(s => $"{c.Name}-{s.Name}").Prepend(c.Name))];
        }
    }

    [TestMethod]
    public void Version_Asked_IsPrinted()
    {
        var (exitCode, output, _) = ToolProcess.Run("--version");
        Assert.AreEqual(0, exitCode);
        StringAssert.Matches(output, new System.Text.RegularExpressions.Regex(@"^\d+\.\d+\.\d+"));
    }

    [TestMethod]
    public void Run_NoSuchManifest_IsUtf8OnErrorWithItsExitCode()
    {
        var (exitCode, output, error) = ToolProcess.Run("run", "/folder/模型 é/quantize.yaml");
        Assert.AreEqual(2, exitCode);
        Assert.AreEqual("", output);
        StringAssert.Contains(error, "/folder/模型 é/quantize.yaml");
        StringAssert.Contains(error, "error QTZ1001: ");
        Assert.DoesNotContain("\u001b", error);
    }

    [TestMethod]
    public void Run_RealModel_QuantizesProvesAndReports()
    {
        using var folder = new Scratch();
        var arguments = new[] { "run", Cases.PathOf("cifar10_resnet8", "quantize.yaml"), "-o", folder.Of("out"), "--cache-directory", folder.Of("cache"), "--no-latency", "--lock-file", "none" };
        var (exitCode, output, error) = ToolProcess.Run([.. arguments, "--json"]);
        Assert.AreEqual(0, exitCode, error);
        using var json = JsonDocument.Parse(output);
        Assert.AreEqual("withinBudget", json.RootElement.GetProperty("status").GetString());
        Assert.IsTrue(File.Exists(json.RootElement.GetProperty("output").GetProperty("path").GetString()));
        Assert.IsTrue(File.Exists(json.RootElement.GetProperty("report").GetString()));

        var (again, summary, progress) = ToolProcess.Run(arguments);
        Assert.AreEqual(0, again, progress);
        Assert.HasCount(2, summary.Split('\n'), "one line");
        Assert.DoesNotContain("\u001b", summary + progress);
    }

    [TestMethod]
    public void Run_RealModelAndNoDrop_ExitsWith4AndStillPrintsTheDocument()
    {
        using var folder = new Scratch();
        var (exitCode, output, error) = ToolProcess.Run("run", Cases.PathOf("superres_x3", "quantize.yaml"), "-o", folder.Of("out"), "--cache-directory", folder.Of("cache"), "--no-latency", "--lock-file", "none",
            "--maximal-drop", "0", "--max-iter-num", "0", "--stat-subset-size", "2", "--json");
        Assert.AreEqual(4, exitCode, error);
        using var json = JsonDocument.Parse(output);
        Assert.AreEqual("budgetExceeded", json.RootElement.GetProperty("status").GetString());
        StringAssert.Contains(error, "error QTZ2001: psnr dropped ");
        Assert.IsFalse(File.Exists(folder.Of("out/superres_x3.int8.onnx")));
    }

    [TestMethod]
    [DataRow("-INT")]
    [DataRow("-TERM")]
    public void Run_Signalled_EndsInOrderWith130(string signal)
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: Windows has no signals to send.");
        using var folder = new Scratch();
        var (exitCode, output, error) = ToolProcess.Interrupt(signal, "run", Cases.PathOf("cifar10_resnet8", "quantize.yaml"), "-o", folder.Of("out"), "--cache-directory", folder.Of("cache"), "--lock-file", "none");
        Assert.AreEqual(130, exitCode, error);
        StringAssert.Contains(error, "Cancelled. Finished work is kept");
        Assert.AreEqual("", output);
        Assert.IsFalse(File.Exists(folder.Of("out/cifar10_resnet8.int8.onnx")));
    }

    private sealed class Scratch : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("process-").FullName;

        public string Of(string name) => Path.Combine(_folder, name);

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
