using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>The package dotnet-quantize, installed in every way that .NET has. A user's folder of its own keeps the machine's tools out and ours in.</summary>
[TestClass]
public class ToolPackageTests
{
    private const string Model = "models/net.int8.onnx";

    [TestMethod]
    public void Global_Installed_IsACommandAndAVerbOfDotNet()
    {
        var project = Project();
        Run(project, "tool", "install", "--global", "dotnet-quantize", "--version", Packages.Version);
        var tools = project["home/.dotnet/tools"];

        var verb = RunningCommand.Start(DotNet.Program, project.Root, ["quantize", "run", "quantize.yaml", "-o", "out", "--cache-directory", "cache"], [.. Home(project), ("PATH", tools + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"))]).Wait();
        var launcher = RunningCommand.Start(Path.Combine(tools, "dotnet-quantize"), project.Root, ["run", "quantize.yaml", "-o", "out2", "--cache-directory", "cache"], Home(project)).Wait();

        Assert.AreEqual(0, verb.ExitCode, verb.Output);
        Assert.AreEqual(0, launcher.ExitCode, launcher.Output);
        CollectionAssert.Contains(project.Int8Models("out"), Model);
        CollectionAssert.AreEqual(File.ReadAllBytes(project[$"out/{Model}"]), File.ReadAllBytes(project[$"out2/{Model}"]));
    }

    [TestMethod]
    public void Local_RestoredFromTheManifest_Runs()
    {
        var project = Project();
        Run(project, "new", "tool-manifest");
        Run(project, "tool", "install", "dotnet-quantize", "--version", Packages.Version);

        // Another machine: only the manifest is there.
        Directory.Delete(project["home"], recursive: true);
        Run(project, "tool", "restore");
        Run(project, "quantize", "run", "quantize.yaml", "-o", "out", "--cache-directory", "cache");

        CollectionAssert.Contains(project.Int8Models("out"), Model);
    }

    [TestMethod]
    public void Exec_WithoutInstalling_Runs()
    {
        var project = Project();

        Run(project, "tool", "exec", $"dotnet-quantize@{Packages.Version}", "--yes", "--", "run", "quantize.yaml", "-o", "out", "--cache-directory", "cache");

        CollectionAssert.Contains(project.Int8Models("out"), Model);
    }

    [TestMethod]
    public void ToolPath_BudgetIsExceeded_ExitCodeSaysSo()
    {
        var project = Project("0.00001");
        Run(project, "tool", "install", "dotnet-quantize", "--tool-path", project["tools"], "--version", Packages.Version);

        var run = RunningCommand.Start(project["tools/dotnet-quantize"], project.Root, ["run", "quantize.yaml", "-o", "out", "--cache-directory", "cache"], Home(project)).Wait();

        Assert.AreEqual(4, run.ExitCode, run.Output);
        Assert.Contains($"quantize.yaml({TinyNetwork.BudgetLine},{TinyNetwork.BudgetColumn}): error QTZ2001", run.Output);
        CollectionAssert.DoesNotContain(project.Int8Models("out"), Model);
    }

    private static TestProject Project(string budget = "0.5")
    {
        var project = new TestProject();
        project.Write("quantize.yaml", TinyNetwork.Manifest(budget));
        TinyNetwork.Write(project.Root);
        return project;
    }

    private static void Run(TestProject project, params string[] arguments)
    {
        var result = RunningCommand.Start(DotNet.Program, project.Root, arguments, Home(project)).Wait();
        Assert.AreEqual(0, result.ExitCode, result.Output);
    }

    private static (string, string)[] Home(TestProject project) =>
        [("DOTNET_CLI_HOME", project["home"]), ("DOTNET_ROOT", Path.GetDirectoryName(Environment.ProcessPath)!), ("DOTNET_NOLOGO", "1")];
}
