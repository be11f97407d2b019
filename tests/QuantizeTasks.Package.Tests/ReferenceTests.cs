using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Models of a library reach every project that references it, directly or not, though only the library references the package.</summary>
[TestClass]
public class ReferenceTests
{
    private const string Bin = "app/bin/Debug/net10.0";

    [TestMethod]
    public void Build_AppOverALibraryOverALibrary_GetsTheModelsOfBoth()
    {
        var project = AppOverTwoLibraries();

        var build = project.Run("build", "app").MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/First.int8.onnx", "models/Second.int8.onnx" }, project.Int8Models(Bin));
        Assert.AreEqual(2, build.Executions("RunQuantization"));
        Assert.AreEqual(0, project.Run("build", "app", "--no-restore").MustSucceed().Executions("RunQuantization"));

        project.Touch("Second/models/net.onnx");
        Assert.AreEqual(1, project.Run("build", "app", "--no-restore").MustSucceed().Executions("RunQuantization"));
    }

    [TestMethod]
    public void Build_GraphIsolated_Succeeds()
    {
        var project = AppOverTwoLibraries();
        project.Run("restore", "app").MustSucceed();

        project.Run("build", "app", "--no-restore", "-graph", "-isolate").MustSucceed();

        Assert.HasCount(2, project.Int8Models(Bin));
    }

    [TestMethod]
    public void Build_ManifestOfTheLibraryIsRemoved_ItsModelGoesFromTheApp()
    {
        var project = AppOverTwoLibraries();
        project.Run("build", "app").MustSucceed();

        File.Delete(project["First/quantize.yaml"]);
        project.Run("build", "app", "--no-restore").MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/Second.int8.onnx" }, project.Int8Models(Bin));
        CollectionAssert.AreEqual(new[] { "models/Second.int8.onnx" }, project.Int8Models("First/bin/Debug/net10.0"));
    }

    [TestMethod]
    public void Build_NoDependencies_TakesWhatIsThere()
    {
        var project = AppOverTwoLibraries();
        project.Run("build", "app").MustSucceed();
        Directory.Delete(project["app/bin"], recursive: true);

        Assert.AreEqual(0, project.Run("build", "app", "--no-restore", "--no-dependencies").MustSucceed().Executions("RunQuantization"));

        Assert.HasCount(2, project.Int8Models(Bin));
    }

    [TestMethod]
    public void Build_AppOverALibraryOfSeveralFrameworks_GetsTheModelOfItsOwn()
    {
        var project = new TestProject();
        project.WriteLibrary("First", framework: "<TargetFrameworks>net10.0;netstandard2.1</TargetFrameworks>");
        project.WriteApp("app", """<ProjectReference Include="../First/First.csproj" />""");

        var build = project.Run("build", "app").MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/First.int8.onnx" }, project.Int8Models(Bin));
        Assert.AreEqual(1, build.Executions("RunQuantization"), "The other framework is not built at all.");
    }

    [TestMethod]
    public void Build_SolutionInParallel_QuantizesEachModelOnce()
    {
        var project = AppOverTwoLibraries();
        project.WriteApp("other", """<ProjectReference Include="../First/First.csproj" /><ProjectReference Include="../Second/Second.csproj" />""");
        project.Write("All.slnx", """
            <Solution>
              <Project Path="app/app.csproj" /><Project Path="other/other.csproj" /><Project Path="First/First.csproj" /><Project Path="Second/Second.csproj" />
            </Solution>
            """);

        var build = project.Run("build", "All.slnx", "-m:4").MustSucceed();

        Assert.AreEqual(2, build.Executions("RunQuantization"));
        Assert.HasCount(2, project.Int8Models(Bin));
        Assert.HasCount(2, project.Int8Models("other/bin/Debug/net10.0"));
        Assert.AreEqual(1, project.Starts("First/quantize.yaml"));
    }

    [TestMethod]
    public void Build_MultithreadedMSBuild_RunsTheTasksOfSeveralProjectsInOneProcess()
    {
        var project = AppOverTwoLibraries();

        var build = project.Run("build", "app", "-mt", "-m:2").MustSucceed();

        Assert.HasCount(2, project.Int8Models(Bin));
        Assert.AreEqual(2, build.Executions("RunQuantization"));
        CollectionAssert.DoesNotContain(build.TaskHosts("PrepareQuantization"), true, "A task without the attribute runs in a task host.");
    }

    /// <summary>app -> First -> Second.</summary>
    private static TestProject AppOverTwoLibraries()
    {
        var project = new TestProject();
        project.WriteLibrary("Second");
        project.WriteLibrary("First", """<ProjectReference Include="../Second/Second.csproj" />""");
        project.WriteApp("app", """<ProjectReference Include="../First/First.csproj" />""");
        return project;
    }
}
