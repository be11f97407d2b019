using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Real projects built with the packed package. The fake tool stands in for the quantizer, so that these are about the build alone.</summary>
[TestClass]
public class BuildTests
{
    private const string Bin = "bin/Debug/net10.0";

    [TestMethod]
    public void Build_ManifestBesideTheProject_ModelLiesInBin()
    {
        var project = TestProject.WithFakeTool();

        var build = project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models(Bin));
        Assert.AreEqual(1, project.Starts());
        Assert.Contains("net.onnx: quantized", build.Output);
        Assert.IsEmpty(build.Warnings);
    }

    [TestMethod]
    public void Build_NothingChanged_StartsNoProcess()
    {
        var project = TestProject.WithFakeTool("# fake: input data/**");
        for (var i = 0; i < 500; i++)
            project.Write($"data/{i}.png", "");
        Assert.AreEqual(1, project.Build().MustSucceed().Executions("RunQuantization"));

        var second = project.Build("--no-restore").MustSucceed();

        Assert.AreEqual(0, second.Executions("RunQuantization"));
        Assert.AreEqual(0, second.Executions("CollectQuantizedModels"));
        Assert.AreEqual(1, second.Executions("PrepareQuantization"));
        Assert.AreEqual(1, project.Starts());
        // The bar is 30 ms on a quiet machine, where such a build takes about 1.5 s. Other tests run at the same time, so it is checked as a share, with room.
        var added = second.Duration("_QuantizePrepare") + second.Duration("QuantizeModels") + second.Duration("_QuantizePublish");
        Console.WriteLine($"added {added.TotalMilliseconds:F1} of {second.TotalDuration.TotalMilliseconds:F0} ms");
        Assert.IsLessThan(second.TotalDuration * 0.1, added);
        project.Build("--no-restore", "-question").MustSucceed();
    }

    [TestMethod]
    public void Rebuild_AfterABuild_RunsAgainAndDeliversTheModel()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();

        Assert.AreEqual(1, project.Build("--no-restore", "--no-incremental").MustSucceed().Executions("RunQuantization"));

        Assert.HasCount(1, project.Int8Models(Bin));
        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));
    }

    [TestMethod]
    public void Build_ModelIsTouched_RunsAgain()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();

        project.Touch("models/net.onnx");

        Assert.IsFalse(project.Build("--no-restore", "-question").Succeeded);
        Assert.HasCount(1, project.Int8Models(Bin), "A question must not take anything away.");
        Assert.AreEqual(1, project.Starts());
        project.Build("--no-restore").MustSucceed();
        Assert.AreEqual(2, project.Starts());
    }

    [TestMethod]
    public void Build_OptionChanges_RunsAgainWithIt()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();

        project.Build("--no-restore", "-p:QuantizeMaximalDrop=0.25").MustSucceed();

        Assert.AreEqual(2, project.Starts());
        Assert.Contains("maximal_drop=0.25 (property QuantizeMaximalDrop, App.csproj)", File.ReadAllText(project[$"{Bin}/models/net.int8.onnx"]));
    }

    [TestMethod]
    public void Build_DefaultItemIsUpdated_MetadataReachesTheTool()
    {
        var project = TestProject.WithFakeTool(items: """<QuantizeModel Update="quantize.yaml" Preset="mixed" />""");

        project.Build().MustSucceed();

        Assert.Contains("preset=mixed (metadata Preset of QuantizeModel 'quantize.yaml'", File.ReadAllText(project[$"{Bin}/models/net.int8.onnx"]));
    }

    [TestMethod]
    public void Build_ModelWithAnotherManifest_RunsOnceForIt()
    {
        var project = TestProject.WithFakeTool(items: """<QuantizeModel Include="models/other.onnx" Manifest="quantize.yaml" />""");
        project.Write("models/other.onnx", "another");

        var build = project.Build().MustSucceed();

        Assert.AreEqual(1, build.Executions("RunQuantization"));
        Assert.Contains("other.onnx: quantized", build.Output);
    }

    [TestMethod]
    public void Build_SeveralManifests_OnlyTheTouchedOneRuns()
    {
        var project = TestProject.WithFakeTool();
        project.Write("a/quantize.yaml", "model: net.onnx\noutput: a/net.int8.onnx");
        project.Write("a/net.onnx", "a");
        project.Write("b/big.quantize.yaml", "model: net.onnx\noutput: b/net.int8.onnx");
        project.Write("b/net.onnx", "b");
        project.Build().MustSucceed();
        CollectionAssert.AreEqual(new[] { "a/net.int8.onnx", "b/net.int8.onnx", "models/net.int8.onnx" }, project.Int8Models(Bin));

        project.Touch("b/net.onnx");
        project.Build("--no-restore").MustSucceed();

        Assert.AreEqual(1, project.Starts());
        Assert.AreEqual(1, project.Starts("a/quantize.yaml"));
        Assert.AreEqual(2, project.Starts("b/big.quantize.yaml"));
    }

    [TestMethod]
    public void Build_ManifestIsRemoved_ItsModelGoes()
    {
        var project = TestProject.WithFakeTool();
        project.Write("a.quantize.yaml", "model: models/net.onnx\noutput: a.int8.onnx");
        project.Build().MustSucceed();
        Assert.HasCount(2, project.Int8Models(Bin));

        File.Delete(project["a.quantize.yaml"]);
        project.Build("--no-restore").MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models(Bin));
        Assert.HasCount(1, project.Int8Models("obj"));
    }

    [TestMethod]
    public void Build_OnlyManifestIsRemoved_ItsModelGoes()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();

        File.Delete(project["quantize.yaml"]);
        project.Build("--no-restore").MustSucceed();

        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    public void Build_OutputIsRenamed_OnlyTheNewOneStays()
    {
        var project = TestProject.WithFakeTool("output: models/old.int8.onnx");
        project.Build().MustSucceed();

        project.Write("quantize.yaml", "model: models/net.onnx\noutput: models/new.int8.onnx");
        project.Touch("quantize.yaml");
        project.Build("--no-restore").MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/new.int8.onnx" }, project.Int8Models(Bin));
        Assert.HasCount(1, project.Int8Models("obj"));
    }

    [TestMethod]
    public void Build_TwoManifestsWriteOneFile_IsAnError()
    {
        var project = TestProject.WithFakeTool();
        project.Write("a.quantize.yaml", "model: models/net.onnx");

        project.Build().MustFail("QTZ7005");

        Assert.IsEmpty(project.Int8Models("bin"));
    }

    [TestMethod]
    public void Build_BudgetIsExceeded_ErrorAtTheLineAndNothingInBin()
    {
        var project = TestProject.WithFakeTool("# fake: error QTZ2001 14 19 mae rose by 0.5");

        var error = project.Build().MustFail("QTZ2001").Errors.Single();

        Assert.AreEqual(project["quantize.yaml"], error.File);
        Assert.AreEqual(14, error.LineNumber);
        Assert.AreEqual(19, error.ColumnNumber);
        Assert.AreEqual("mae rose by 0.5", error.Text);
        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    public void Build_BudgetIsExceededAfterASuccess_TheEarlierModelGoesAndComesBack()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();

        project.Write("quantize.yaml", "model: models/net.onnx\n# fake: error QTZ2001 1 1 no");
        project.Build("--no-restore").MustFail("QTZ2001");
        Assert.IsEmpty(project.Int8Models());
        project.Build("--no-restore").MustFail("QTZ2001");

        project.Write("quantize.yaml", "model: models/net.onnx");
        project.Build("--no-restore").MustSucceed();
        Assert.HasCount(1, project.Int8Models(Bin));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("# fake: error QTZ2001 1 1 no")]
    public void Clean_AfterABuild_LeavesNothing(string script)
    {
        var project = TestProject.WithFakeTool(script);
        project.Build();

        project.Run("clean").MustSucceed();

        Assert.IsEmpty(project.Int8Models());
        Assert.IsFalse(Directory.Exists(project["obj/Debug/net10.0/quantize"]));
    }

    [TestMethod]
    [DataRow("-p:QuantizeEnabled=false")]
    [DataRow("-p:EnableDefaultQuantizeItems=false")]
    public void Build_SwitchedOff_DoesNothing(string property)
    {
        var project = TestProject.WithFakeTool();

        var build = project.Build(property).MustSucceed();

        Assert.AreEqual(0, build.Executions("PrepareQuantization"));
        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    public void Build_ToolIsMissing_SaysSo()
    {
        var project = TestProject.WithFakeTool();

        project.Build("-p:QuantizeToolPath=/nowhere/dotnet-quantize.dll").MustFail("QTZ7001");
    }

    [TestMethod]
    public void Build_ModelIsMadeByATarget_TargetRunsFirst()
    {
        var project = TestProject.WithFakeTool(properties: "<QuantizeModelsDependsOn>Train</QuantizeModelsDependsOn>");
        File.Delete(project["models/net.onnx"]);
        project.Write("Directory.Build.targets", """<Project><Target Name="Train"><WriteLinesToFile File="models/net.onnx" Lines="trained" WriteOnlyWhenDifferent="true" Overwrite="true" /></Target></Project>""");

        project.Build().MustSucceed();

        Assert.HasCount(1, project.Int8Models(Bin));
    }
}
