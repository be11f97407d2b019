using System.IO.Compression;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>What leaves the build: published folders and packages.</summary>
[TestClass]
public class PublishTests
{
    private static readonly string Platform = Surroundings.Platform;

    [TestMethod]
    public void Publish_AppThatReferencesALibraryWithAModel_ModelComesAlong()
    {
        var project = new TestProject();
        project.WriteLibrary("First");
        project.WriteApp("app", """<ProjectReference Include="../First/First.csproj" />""");

        project.Run("publish", "app", "-o", project["out"]).MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/First.int8.onnx" }, project.Int8Models("out"));
        CollectionAssert.AreEqual(new[] { "models/First.int8.onnx" }, project.Int8Models("app/bin/Release/net10.0"));
        Assert.AreEqual(1, project.Starts("First/quantize.yaml"));
    }

    [TestMethod]
    public void Publish_ForOnePlatformAsSingleFile_ModelLiesBesideIt()
    {
        var project = TestProject.WithFakeTool();

        var publish = project.Run("publish", "-r", Platform, "--self-contained", "false", "-p:PublishSingleFile=true", "-o", project["out"]).MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models("out"));
        Assert.IsFalse(File.Exists(project["out/App.dll"]), "It is in the single file.");
        Assert.AreEqual(1, publish.Executions("RunQuantization"));
    }

    [TestMethod]
    public void Publish_ForOnePlatformAfterABuildForIt_RunsNothingAgain()
    {
        var project = TestProject.WithFakeTool();
        project.Build("-c", "Release", "-r", Platform).MustSucceed();

        var publish = project.Run("publish", "--no-restore", "-r", Platform, "-o", project["out"]).MustSucceed();

        Assert.AreEqual(0, publish.Executions("RunQuantization"));
        Assert.HasCount(1, project.Int8Models("out"));
    }

    [TestMethod]
    public void PublishNoBuild_AfterABuild_TakesItsModelThoughInputsChanged()
    {
        var project = TestProject.WithFakeTool();
        project.Build("-c", "Release").MustSucceed();
        project.Touch("models/net.onnx");

        var publish = project.Run("publish", "--no-build", "-o", project["out"]).MustSucceed();

        Assert.AreEqual(0, publish.Executions("RunQuantization"));
        Assert.HasCount(1, project.Int8Models("out"));
    }

    [TestMethod]
    public void PublishNoBuild_ModelWasNeverMade_SaysSo()
    {
        var project = TestProject.WithFakeTool();
        project.Build("-c", "Release", "-p:QuantizeEnabled=false").MustSucceed();

        project.Run("publish", "--no-build", "-o", project["out"]).MustFail("QTZ7010");

        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    public void Publish_BudgetIsExceeded_PublishesNothing()
    {
        var project = TestProject.WithFakeTool("# fake: error QTZ2001 1 1 no");

        project.Run("publish", "-o", project["out"]).MustFail("QTZ2001");

        Assert.IsFalse(Directory.Exists(project["out"]));
    }

    [TestMethod]
    public void Pack_ModelsAreWanted_ConsumerOfThePackageGetsThem()
    {
        var project = new TestProject();
        var version = $"1.0.0-{Path.GetFileName(project.Root)}";
        project.WriteLibrary("ModelLibrary", framework: "<TargetFrameworks>net10.0;netstandard2.1</TargetFrameworks>", properties: $"<QuantizePackModels>true</QuantizePackModels><Version>{version}</Version>");

        var pack = project.Run("pack", "ModelLibrary", "-o", Packages.Feed).MustSucceed();

        Assert.IsEmpty(pack.Warnings);
        Assert.AreEqual(2, pack.Executions("RunQuantization"), "Once for each framework.");
        using (var zip = ZipFile.OpenRead(Path.Combine(Packages.Feed, $"ModelLibrary.{version}.nupkg")))
        {
            var entries = zip.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith(".onnx", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
            CollectionAssert.AreEqual(new[] { "contentFiles/any/net10.0/models/ModelLibrary.int8.onnx", "contentFiles/any/netstandard2.1/models/ModelLibrary.int8.onnx" }, entries);
            using var nuspec = new StreamReader(zip.GetEntry("ModelLibrary.nuspec")!.Open());
            Assert.DoesNotContain("QuantizeTasks", nuspec.ReadToEnd());
        }

        project.WriteApp("app", $"""<PackageReference Include="ModelLibrary" Version="{version}" />""");
        project.Run("publish", "app", "-o", project["out"]).MustSucceed();
        CollectionAssert.AreEqual(new[] { "models/ModelLibrary.int8.onnx" }, project.Int8Models("app/bin/Release/net10.0"));
        CollectionAssert.AreEqual(new[] { "models/ModelLibrary.int8.onnx" }, project.Int8Models("out"));
        CollectionAssert.AreEqual(
            File.ReadAllBytes(project["ModelLibrary/bin/Release/net10.0/models/ModelLibrary.int8.onnx"]), File.ReadAllBytes(project["out/models/ModelLibrary.int8.onnx"]));
    }

    [TestMethod]
    public void Pack_ModelsAreNotWanted_PackageHasNone()
    {
        var project = new TestProject();
        project.WriteLibrary("Plain");

        project.Run("pack", "Plain", "-o", project["out"]).MustSucceed();

        using var zip = ZipFile.OpenRead(Directory.EnumerateFiles(project["out"], "*.nupkg").Single());
        Assert.IsEmpty(zip.Entries.Where(entry => entry.FullName.EndsWith(".onnx", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void PackNoBuild_AfterABuild_RunsNothing()
    {
        var project = new TestProject();
        project.WriteLibrary("Plain", properties: "<QuantizePackModels>true</QuantizePackModels>");
        project.Run("build", "Plain", "-c", "Release").MustSucceed();

        var pack = project.Run("pack", "Plain", "--no-build", "-o", project["out"]).MustSucceed();

        Assert.AreEqual(0, pack.Executions("RunQuantization"));
        using var zip = ZipFile.OpenRead(Directory.EnumerateFiles(project["out"], "*.nupkg").Single());
        Assert.HasCount(1, zip.Entries.Where(entry => entry.FullName.EndsWith(".int8.onnx", StringComparison.Ordinal)));
    }
}
