using System.Text.Json;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>The packed package with the quantizer that is in it, on a network small enough for every machine.</summary>
[TestClass]
public class EndToEndTests
{
    private const string WideBudget = "0.5";
    private const string ImpossibleBudget = "0.00001";

    [TestMethod]
    public void Build_RealQuantizer_ProvesAModelAndComputesNothingTwice()
    {
        var project = Project(WideBudget);

        var first = project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models("bin/Debug/net10.0"));
        Assert.Contains("net.int8.onnx", first.Output);
        var report = Report(project);
        Assert.AreEqual("withinBudget", report.GetProperty("status").GetString());
        Assert.AreEqual(TinyNetwork.Samples, report.GetProperty("metrics")[0].GetProperty("samples").GetInt32());
        Assert.IsGreaterThan(0, Evaluated(report));
        Assert.IsLessThan(1e-5, report.GetProperty("metrics")[0].GetProperty("baseline").GetDouble(), "The labels are what the float model computes.");
        var bytes = File.ReadAllBytes(project["bin/Debug/net10.0/models/net.int8.onnx"]);
        Assert.IsLessThan(new FileInfo(project["models/net.onnx"]).Length * 2, bytes.Length);

        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));

        project.Touch("models/net.onnx");
        Assert.AreEqual(1, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));
        Assert.AreEqual(0, Evaluated(Report(project)), "Only a time changed.");

        Assert.AreEqual(1, project.Build("--no-restore", "-p:QuantizeMaximalDrop=0.25").MustSucceed().Executions("RunQuantization"));
        Assert.AreEqual(0, Evaluated(Report(project)), "Another budget asks nothing new of the models.");
        Assert.AreEqual(0.25, Report(project).GetProperty("metrics")[0].GetProperty("budget").GetDouble());
        CollectionAssert.AreEqual(bytes, File.ReadAllBytes(project["bin/Debug/net10.0/models/net.int8.onnx"]));
    }

    [TestMethod]
    public void Build_ImpossibleBudget_FailsAtTheLineAndNothingLiesInBin()
    {
        var project = Project(WideBudget);
        project.Build().MustSucceed();
        Assert.HasCount(1, project.Int8Models("bin"));

        project.Write("quantize.yaml", TinyNetwork.Manifest(ImpossibleBudget));
        var error = project.Build("--no-restore").MustFail("QTZ2001").Errors.Single();

        Assert.AreEqual(project["quantize.yaml"], error.File);
        Assert.AreEqual(TinyNetwork.BudgetLine, error.LineNumber);
        Assert.AreEqual(TinyNetwork.BudgetColumn, error.ColumnNumber);
        Assert.Contains("mae", error.Text);
        Assert.IsEmpty(project.Int8Models("bin"));
        Assert.IsEmpty(project.Int8Models("obj/Debug/net10.0/quantize/quantize/output"));
        project.Build("--no-restore").MustFail("QTZ2001");
    }

    [TestMethod]
    public void Build_ImpossibleBudgetOfAProperty_TheErrorNamesTheProject()
    {
        var project = Project(WideBudget);

        var error = project.Build($"-p:QuantizeMaximalDrop={ImpossibleBudget}").MustFail("QTZ2001").Errors.Single();

        Assert.AreEqual(project["App.csproj"], error.File);
    }

    [TestMethod]
    public void Build_ErrorsInTheManifest_AllAtTheirLines()
    {
        var project = Project(WideBudget);
        project.Write("quantize.yaml", TinyNetwork.Manifest(WideBudget).Replace("metrics:", "metrix:", StringComparison.Ordinal).Replace("maximal_drop", "maximal_dorp", StringComparison.Ordinal));

        var errors = project.Build().MustFail("QTZ1003").Errors;

        CollectionAssert.IsSubsetOf(new[] { 6, 13 }, errors.Select(e => e.LineNumber).ToArray());
        Assert.IsTrue(errors.All(e => e.File == project["quantize.yaml"]));
    }

    [TestMethod]
    public void Build_SeveralTargetFrameworks_EachSampleIsEvaluatedOnce()
    {
        var alone = Project(WideBudget);
        alone.Build().MustSucceed();
        var project = Project(WideBudget, "<TargetFrameworks>net10.0;netstandard2.1</TargetFrameworks>");

        project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { "net10.0/models/net.int8.onnx", "netstandard2.1/models/net.int8.onnx" }, project.Int8Models("bin/Debug"));
        Assert.AreEqual(Evaluated(Report(alone)), Evaluated(Report(project)) + Evaluated(Report(project, "netstandard2.1")), "The second framework must find what the first one measured.");
    }

    private static TestProject Project(string budget, string? framework = null)
    {
        var project = new TestProject();
        // A store of its own: what is known from elsewhere would make the counts wrong.
        const string Cache = "<QuantizeCacheDirectory>cache</QuantizeCacheDirectory>";
        project.Write("App.csproj", TestProject.Csproj("", Cache, framework ?? "<TargetFramework>net10.0</TargetFramework>"));
        project.Write("Program.cs", "public class Library { }");
        project.Write("quantize.yaml", TinyNetwork.Manifest(budget));
        TinyNetwork.Write(project.Root);
        return project;
    }

    private static JsonElement Report(TestProject project, string framework = "net10.0") =>
        JsonDocument.Parse(File.ReadAllText(project[$"obj/Debug/{framework}/quantize/quantize/report/report.json"])).RootElement;

    private static long Evaluated(JsonElement report) => report.GetProperty("evaluations").GetProperty("samples").GetInt64();
}
