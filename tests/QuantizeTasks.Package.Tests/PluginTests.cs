using System.Text.Json;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Metrics, data and post-processing that are classes of the project whose build quantizes the model.</summary>
[TestClass]
public sealed class PluginTests
{
    private const string Metric = """
        using QuantizeTasks;
        namespace App;
        public sealed class Error(double weight = 1) : MeanMetric
        {
            public override bool HigherIsBetter => false;
            public override double Best => 0;
            protected override double Score(in MetricInput input)
            {
                var (output, label) = (input.Outputs[input.FirstOutput].As<float>(), input.Label!.As<float>());
                return weight * output.Zip(label, (a, b) => Math.Abs(a - b)).Average();
            }
        }
        """;

    [TestMethod]
    public void Build_MetricOfTheProjectItself_ProvesTheModelAfterCompiling()
    {
        var project = Project();

        project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models("bin/Debug/net10.0"));
        var metric = Report(project).GetProperty("metrics")[0];
        Assert.AreEqual("weighted error", metric.GetProperty("name").GetString());
        var error = metric.GetProperty("quantized").GetDouble();
        Assert.IsGreaterThan(0, error);

        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"), "nothing changed");

        project.Write("Other.cs", "namespace App; public class Other { }");
        Assert.AreEqual(1, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"), "another assembly");
        Assert.IsGreaterThan(0, Evaluated(project), "another module version is another metric");
        Assert.AreEqual(error, Report(project).GetProperty("metrics")[0].GetProperty("quantized").GetDouble());

        project.Write("Error.cs", Metric.Replace("weight * ", "2 * weight * ", StringComparison.Ordinal));
        project.Build("--no-restore").MustSucceed();
        Assert.AreEqual(2 * error, Report(project).GetProperty("metrics")[0].GetProperty("quantized").GetDouble(), 1e-12);

        Assert.AreEqual(0, project.Run("publish", "--no-build", "-c", "Debug", "-o", "published").MustSucceed().Executions("RunQuantization"));
        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models("published"));
    }

    [TestMethod]
    public void Build_PluginThatThrows_IsAnErrorAtItsSourceLineAndNothingLiesInBin()
    {
        var project = Project();
        project.Build().MustSucceed();
        project.Write("Error.cs", Metric.Replace("return weight", "if (input.SampleName.Length > 0)\n            throw new InvalidOperationException(\"cannot score\");\n        return weight", StringComparison.Ordinal));

        var error = project.Build("--no-restore").MustFail("QTZ5064").Errors.Single();

        Assert.AreEqual(project["Error.cs"], error.File);
        Assert.AreEqual(11, error.LineNumber);
        Assert.Contains("InvalidOperationException: cannot score", error.Text);
        Assert.Contains("App.Error.Score", error.Text);
        Assert.DoesNotContain("QuantizeTasks.Plugins", error.Text);
        Assert.IsEmpty(project.Int8Models("bin"));
    }

    [TestMethod]
    public void Build_CompilerErrors_AreNotDelayedByQuantizing()
    {
        var project = Project();
        project.Write("Error.cs", "this is no C#");
        var result = project.Build();
        Assert.IsFalse(result.Succeeded);
        Assert.AreEqual(0, result.Executions("RunQuantization"));
    }

    [TestMethod]
    public void Build_ProjectThatReferencesOneWithPlugins_GetsTheModel()
    {
        var project = Project("lib/");
        project.Write("app/App.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType></PropertyGroup>
              <ItemGroup><ProjectReference Include="../lib/App.Plugin.csproj" /></ItemGroup>
            </Project>
            """);
        project.Write("app/Program.cs", "System.Console.WriteLine(typeof(App.Error));");

        project.Build("app/App.csproj").MustSucceed();

        CollectionAssert.AreEqual(new[] { "models/net.int8.onnx" }, project.Int8Models("app/bin/Debug/net10.0"));
    }

    [TestMethod]
    public void Build_DependencyOfThePlugin_IsFoundWhereThePackageLies()
    {
        // A class library: nothing of its packages is copied beside it. Google.Protobuf is the quantizer's own too.
        var project = Project(items: """<PackageReference Include="Google.Protobuf" Version="3.21.9" />""");
        project.Write("Error.cs", Metric.Replace("return weight", "if (typeof(Google.Protobuf.ByteString).Assembly.GetName().Version!.Minor != 21) throw new InvalidOperationException(\"not mine\");\n        return weight", StringComparison.Ordinal));

        project.Build().MustSucceed();

        Assert.HasCount(1, project.Int8Models("bin"));
    }

    private static TestProject Project(string folder = "", string items = "")
    {
        var project = new TestProject();
        project.Write($"{folder}App.Plugin.csproj", TestProject.Csproj($"""<PackageReference Include="QuantizeTasks.Abstractions" Version="{Packages.Version}" />{items}""",
            $"<ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable><QuantizeCacheDirectory>{project["cache"]}</QuantizeCacheDirectory>", "<TargetFramework>net10.0</TargetFramework>"));
        project.Write($"{folder}Error.cs", Metric);
        project.Write($"{folder}quantize.yaml", "plugins: project\n" + TinyNetwork.Manifest("0.5").Replace("- name: mae", "- name: weighted error\n    type: App.Error\n    params: { weight: 2 }", StringComparison.Ordinal));
        TinyNetwork.Write(project[folder]);
        return project;
    }

    private static JsonElement Report(TestProject project) => JsonDocument.Parse(File.ReadAllText(project["obj/Debug/net10.0/quantize/quantize/report/report.json"])).RootElement;

    private static long Evaluated(TestProject project) => Report(project).GetProperty("evaluations").GetProperty("samples").GetInt64();
}
