using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Characters that mean something to MSBuild, to a command line or to a file list. That the folder has a space and letters beyond ASCII is so in every test here.</summary>
[TestClass]
public class PathTests
{
    [TestMethod]
    [DataRow("at@sign")]
    [DataRow("semi;colon")]
    [DataRow("per%cent")]
    [DataRow("per%3Bcent")]
    [DataRow("it's")]
    [DataRow("dollar$(Configuration)")]
    [DataRow("two  spaces")]
    [DataRow("模型 é")]
    [DataRow("a,b=c&d#e!f(g)[h]{i}~^")]
    public void Build_NamesOfManifestModelAndOutput_AreKept(string name)
    {
        var project = TestProject.WithFakeTool();
        File.Delete(project["quantize.yaml"]);
        project.Write($"in {name}/{name}.quantize.yaml", $"model: {name}.onnx\noutput: out {name}/{name}.int8.onnx\n# fake: input data {name}/**");
        project.Write($"in {name}/{name}.onnx", "a float model");
        project.Write($"in {name}/data {name}/{name}.png", "");

        project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { $"out {name}/{name}.int8.onnx" }, project.Int8Models("bin/Debug/net10.0"));
        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));
        project.Touch($"in {name}/data {name}/{name}.png");
        Assert.AreEqual(1, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));
        project.Run("clean").MustSucceed();
        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    [DataRow("at@sign")]
    [DataRow("semi;colon")]
    // "%ce" would be one character: NuGet itself does not find its files there.
    [DataRow("100% sure")]
    [DataRow("it's")]
    [DataRow("模型 é")]
    public void Build_FolderOfTheProject_MayHaveThem(string name)
    {
        var project = new TestProject();
        var folder = $"x {name}";
        project.Write($"{folder}/App.csproj", TestProject.Csproj("", TestProject.FakeTool));
        project.Write($"{folder}/Program.cs", "System.Console.WriteLine();");
        project.WriteModel(folder);

        project.BuildIn(folder).MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models($"{folder}/bin/Debug/net10.0"));
        Assert.AreEqual(0, project.BuildIn(folder, "--no-restore").MustSucceed().Executions("RunQuantization"));
    }

    [TestMethod]
    public void Build_CacheDirectoryAndItemMetadata_MayHaveThem()
    {
        const string Odd = "it's @ 100%25 a%3Bb";
        var project = TestProject.WithFakeTool(items: $"""<QuantizeModel Update="quantize.yaml" TargetPath="{Odd}/net.int8.onnx" />""", properties: $"<QuantizeCacheDirectory>{Odd}</QuantizeCacheDirectory>");

        project.Build().MustSucceed();

        var job = System.Text.Json.JsonDocument.Parse(File.ReadAllText(project["obj/Debug/net10.0/quantize/quantize/job.json"])).RootElement;
        Assert.AreEqual(project["it's @ 100% a;b"], job.GetProperty("cacheDirectory").GetString());
        Assert.AreEqual("it's @ 100% a;b/net.int8.onnx", job.GetProperty("overrides").GetProperty("output").GetProperty("value").GetString());
    }

    [TestMethod]
    public void Build_TwoModelsOfOneFileName_BothArriveInTheirFolders()
    {
        var project = TestProject.WithFakeTool(items: """
            <QuantizeModel Include="a/net.onnx" Manifest="quantize.yaml" TargetPath="a/net.int8.onnx" />
            <QuantizeModel Include="b/net.onnx" Manifest="quantize.yaml" TargetPath="b/net.int8.onnx" />
            """);
        project.Write("a/net.onnx", "a");
        project.Write("b/net.onnx", "b");

        project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { "a/net.int8.onnx", "b/net.int8.onnx" }, project.Int8Models("bin/Debug/net10.0"));
        CollectionAssert.AreNotEqual(File.ReadAllBytes(project["bin/Debug/net10.0/a/net.int8.onnx"]), File.ReadAllBytes(project["bin/Debug/net10.0/b/net.int8.onnx"]));
    }
}
