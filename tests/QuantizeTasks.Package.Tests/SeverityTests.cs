using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>The switches with which a project makes warnings into nothing or into errors, and errors into warnings.</summary>
[TestClass]
public class SeverityTests
{
    private const string Bin = "bin/Debug/net10.0";
    private const string Warning = "# fake: warning QTZ5007 3 7 odd value";
    private const string Missed = "# fake: error QTZ2001 14 19 mae rose by 0.5";

    [TestMethod]
    public void Build_Warning_IsRepeatedByEveryBuildAndCanBeSuppressed()
    {
        var project = TestProject.WithFakeTool(Warning);

        Assert.AreEqual("QTZ5007", project.Build().MustSucceed().Warnings.Single().Code);
        Assert.AreEqual("QTZ5007", project.Build("--no-restore").MustSucceed().Warnings.Single().Code);
        Assert.IsEmpty(project.Build("--no-restore", "-p:NoWarn=QTZ5007").MustSucceed().Warnings);
        Assert.AreEqual(1, project.Starts(), "The warning is repeated, not the work.");
        Assert.HasCount(1, project.Int8Models(Bin));
    }

    [TestMethod]
    [DataRow("-warnaserror")]
    [DataRow("-warnaserror", "-graph", "-isolate")]
    [DataRow("-warnaserror", "-m:2", "-mt")]
    [DataRow("-warnaserror:QTZ5007")]
    [DataRow("-p:MSBuildTreatWarningsAsErrors=true")]
    [DataRow("-p:WarningsAsErrors=QTZ5007")]
    public void Build_WarningsAreErrors_FailsAgainInTheSecondBuildAndShipsNoModel(params string[] arguments)
    {
        var project = TestProject.WithFakeTool(Warning);
        // Restoring, which is no project of the graph, cannot be isolated.
        project.Run("restore").MustSucceed();

        project.Build(["--no-restore", .. arguments]).MustFail("QTZ5007");
        Assert.IsEmpty(project.Int8Models("bin"));
        project.Build(["--no-restore", .. arguments]).MustFail("QTZ5007");

        Assert.IsEmpty(project.Int8Models("bin"));
        Assert.AreEqual(1, project.Starts(), "The warning is repeated, not the work.");
        Assert.HasCount(1, project.Build("--no-restore").MustSucceed().Warnings);
        Assert.HasCount(1, project.Int8Models(Bin));
    }

    [TestMethod]
    [DataRow("-warnaserror", "-warnnotaserror:QTZ5007")]
    [DataRow("-warnaserror", "-p:WarningsNotAsErrors=QTZ5007")]
    [DataRow("-warnaserror", "-p:NoWarn=QTZ5007")]
    [DataRow("-warnaserror:QTZ5008")]
    public void Build_OtherWarningsAreErrors_ShipsTheModel(params string[] arguments)
    {
        var project = TestProject.WithFakeTool(Warning);

        project.Build(arguments).MustSucceed();
        project.Build(["--no-restore", .. arguments]).MustSucceed();

        Assert.HasCount(1, project.Int8Models(Bin));
    }

    [TestMethod]
    public void Build_WarningsAreErrorsInAReferencedProject_NoneOfTheTwoHasTheModel()
    {
        var project = new TestProject();
        project.WriteLibrary("Library");
        project.WriteModel("Library", Warning);
        project.WriteApp("app", """<ProjectReference Include="../Library/Library.csproj" />""");

        project.Run("build", "app", "-warnaserror", "-m:2").MustFail("QTZ5007");

        Assert.IsEmpty(project.Int8Models("Library/bin"));
        Assert.IsEmpty(project.Int8Models("app"));
    }

    [TestMethod]
    public void Build_NoWarnOfTheProjectInEveryFramework_IsSilent()
    {
        var project = TestProject.WithFakeTool(Warning);
        project.Write("App.csproj", TestProject.Csproj("", TestProject.FakeTool + "<NoWarn>$(NoWarn);QTZ5007</NoWarn>", "<TargetFrameworks>net10.0;netstandard2.1</TargetFrameworks>"));
        project.Write("Program.cs", "public class Library { }");

        var build = project.Build("-warnaserror").MustSucceed();

        Assert.IsEmpty(build.Warnings);
        Assert.HasCount(2, project.Int8Models("bin/Debug"));
    }

    [TestMethod]
    public void Build_MissedBudgetContinuesWithAWarning_ShipsNoModel()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();
        project.Write("quantize.yaml", $"model: models/net.onnx\n{Missed}");

        var build = project.Build("--no-restore", "-p:QuantizeContinueOnError=WarnAndContinue").MustSucceed();

        Assert.Contains("QTZ2001", build.Warnings.Select(w => w.Code).ToArray());
        Assert.IsTrue(File.Exists(project[$"{Bin}/App.dll"]));
        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    public void Build_MissedBudgetContinuesAsAnError_FailsAndShipsNoModel()
    {
        var project = TestProject.WithFakeTool(Missed);

        project.Build("-p:QuantizeContinueOnError=ErrorAndContinue").MustFail("QTZ2001");

        Assert.IsTrue(File.Exists(project[$"{Bin}/App.dll"]), "The rest of the build goes on.");
        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    [DataRow("-p:ContinueOnError=true")]
    [DataRow("-p:ContinueOnError=WarnAndContinue")]
    public void Build_ContinueOnErrorOfOthers_DoesNotOpenTheGate(string property)
    {
        var project = TestProject.WithFakeTool(Missed);

        project.Build(property).MustFail("QTZ2001");

        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    public void Build_CalledWithContinueOnErrorByAnotherProject_LeavesNoModel()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();
        project.Write("quantize.yaml", $"model: models/net.onnx\n{Missed}");
        project.Write("all/all.proj", """
            <Project DefaultTargets="All">
              <Target Name="All"><MSBuild Projects="../App.csproj" ContinueOnError="WarnAndContinue" /></Target>
            </Project>
            """);

        project.Run("build", "all/all.proj", "--no-restore");

        Assert.IsEmpty(project.Int8Models());
    }
}
