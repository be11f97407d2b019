using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>What an editor sees: design-time builds, and the items by which Visual Studio decides whether to build at all.</summary>
[TestClass]
public class EditorTests
{
    [TestMethod]
    public void DesignTimeBuild_BeforeAndAfterABuild_DoesNoWork()
    {
        var project = TestProject.WithFakeTool();
        string[] designTime = ["msbuild", "-t:ResolveAssemblyReferences;GetCopyToOutputDirectoryItems;_QuantizeUpToDateCheck", "-p:DesignTimeBuild=true;BuildingProject=false"];
        DotNet.Run(project.Root, "restore");

        Assert.AreEqual(0, project.Run(designTime).MustSucceed().Executions("RunQuantization"));
        Assert.IsFalse(Directory.Exists(project["obj/Debug/net10.0/quantize"]));

        project.Build("--no-restore").MustSucceed();
        project.Touch("models/net.onnx");
        Assert.AreEqual(0, project.Run(designTime).MustSucceed().Executions("RunQuantization"));
        Assert.AreEqual(1, project.Starts());
    }

    [TestMethod]
    public void DesignTimeBuild_AfterABuild_ListsTheModelAmongWhatIsCopied()
    {
        var project = TestProject.WithFakeTool();
        project.Build().MustSucceed();

        var items = VisualStudio.Items(project, "GetCopyToOutputDirectoryItems", "ContentWithTargetPath");

        Assert.Contains(item => item.Metadata("TargetPath") == "models/net.int8.onnx" && item.Metadata("CopyToOutputDirectory") == "PreserveNewest", items["ContentWithTargetPath"]);
    }

    [TestMethod]
    public void UpToDateCheck_InputsAreTouchedAddedAndRemoved_OnlyThenABuildIsDue()
    {
        var project = TestProject.WithFakeTool("# fake: input data/**");
        project.Write("data/0.png", "");
        Assert.IsFalse(IsUpToDate(project), "Nothing was built yet.");

        project.Build().MustSucceed();
        Assert.IsTrue(IsUpToDate(project));
        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));

        foreach (var file in new[] { "models/net.onnx", "data/0.png", "quantize.yaml" })
        {
            project.Touch(file);
            Assert.IsFalse(IsUpToDate(project), file);
            File.SetLastWriteTimeUtc(project[file], DateTime.UtcNow);
            Assert.AreEqual(1, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"), file);
            Assert.IsTrue(IsUpToDate(project), file);
        }

        File.Delete(project["obj/Debug/net10.0/quantize/quantize/output/models/net.int8.onnx"]);
        Assert.IsFalse(IsUpToDate(project), "The model is gone.");
        project.Build("--no-restore").MustSucceed();
        Assert.IsTrue(IsUpToDate(project));

        var before = VisualStudio.Items(project, "_QuantizeUpToDateCheck", "UpToDateCheckInput")["UpToDateCheckInput"].Select(i => i.Path).ToArray();
        project.Write("data/1.png", "");
        var after = VisualStudio.Items(project, "_QuantizeUpToDateCheck", "UpToDateCheckInput")["UpToDateCheckInput"].Select(i => i.Path).ToArray();
        CollectionAssert.AreEqual(new[] { project["data/1.png"] }, after.Except(before).ToArray(), "Visual Studio builds when the set of inputs changes.");
    }

    private static bool IsUpToDate(TestProject project) => VisualStudio.IsUpToDate(project, "Quantize");
}
