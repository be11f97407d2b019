using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Several target frameworks: every inner build does its own models. That they share what was measured is in <see cref="EndToEndTests"/>.</summary>
[TestClass]
public class MultiTargetingTests
{
    private const string Frameworks = "<TargetFrameworks>net10.0;netstandard2.1</TargetFrameworks>";

    [TestMethod]
    public void Build_SeveralTargetFrameworks_EachGetsTheModel()
    {
        var project = Project();

        project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { "net10.0/models/net.int8.onnx", "netstandard2.1/models/net.int8.onnx" }, project.Int8Models("bin/Debug"));
        Assert.AreEqual(2, project.Starts());
        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));
        project.Run("clean").MustSucceed();
        Assert.IsEmpty(project.Int8Models());
    }

    [TestMethod]
    public void Build_ModelOfOneFramework_IsInThatAlone()
    {
        var project = Project("""<QuantizeModel Include="only.yaml" Condition="'$(TargetFramework)' == 'netstandard2.1'" />""");
        project.Write("only.yaml", "model: models/net.onnx\noutput: models/only.int8.onnx");

        project.Build("-m").MustSucceed();

        CollectionAssert.AreEqual(new[] { "net10.0/models/net.int8.onnx", "netstandard2.1/models/net.int8.onnx", "netstandard2.1/models/only.int8.onnx" }, project.Int8Models("bin/Debug"));
        Assert.AreEqual(1, project.Starts("only.yaml"));
    }

    [TestMethod]
    public void Build_OneFrameworkOfSeveral_TouchesNoOther()
    {
        var project = Project();
        project.Build().MustSucceed();
        project.Touch("models/net.onnx");

        project.Build("--no-restore", "-f", "net10.0").MustSucceed();

        Assert.AreEqual(3, project.Starts());
        Assert.HasCount(2, project.Int8Models("bin/Debug"));
    }

    [TestMethod]
    public void Build_BudgetIsExceeded_NoFrameworkHasTheModel()
    {
        var project = Project();
        project.Build().MustSucceed();
        project.Write("quantize.yaml", "model: models/net.onnx\n# fake: error QTZ2001 1 1 no");

        project.Build("--no-restore", "-m:1").MustFail("QTZ2001");

        Assert.IsEmpty(project.Int8Models());
    }

    private static TestProject Project(string items = "")
    {
        var project = TestProject.WithFakeTool();
        project.Write("App.csproj", TestProject.Csproj(items, TestProject.FakeTool, Frameworks));
        project.Write("Program.cs", "public class Library { }");
        return project;
    }
}
