using System.Text.Json;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Accuracy is measured with the ONNX Runtime that the project itself uses.</summary>
[TestClass]
public sealed class AppRuntimeTests
{
    private const string Runtime = "Microsoft.ML.OnnxRuntime";

    [TestMethod]
    public void Build_ProjectWithARuntime_IsMeasuredWithExactlyThatPair()
    {
        var project = Project($"""<PackageReference Include="{Runtime}" Version="$(Ort)" />""");

        project.Build("-p:Ort=7.29.0").MustSucceed();

        var runtime = Report(project).GetProperty("runtime");
        Assert.AreEqual("1.29.0", runtime.GetProperty("version").GetString());
        Assert.StartsWith($"{Runtime} 7.29.0 sha256:", runtime.GetProperty("package").GetString());
        var origin = runtime.GetProperty("origin").GetString()!;
        Assert.Contains("the package Microsoft.ML.OnnxRuntime 7.29.0 of the project", origin);
        Assert.Contains(Path.Combine("microsoft.ml.onnxruntime", "7.29.0", "runtimes", "linux-x64", "native", "libonnxruntime.so"), origin);
        Assert.Contains(Path.Combine("microsoft.ml.onnxruntime.managed", "7.29.0", "lib", "netstandard2.1", $"{Runtime}.dll"), origin);
        Assert.AreEqual(0, project.Build("--no-restore", "-p:Ort=7.29.0").MustSucceed().Executions("RunQuantization"));

        project.Build("-p:Ort=7.30.0").MustSucceed();

        Assert.AreEqual("1.30.0", Report(project).GetProperty("runtime").GetProperty("version").GetString());
        Assert.IsGreaterThan(0, Evaluated(project), "what another runtime gave proves nothing of this one");

        project.Build("-p:Ort=7.29.0", "-p:QuantizeOnnxRuntimePath=bundled").MustSucceed();

        Assert.AreEqual(Runtime, Report(project).GetProperty("runtime").GetProperty("package").GetString());
        Assert.IsGreaterThan(0, Evaluated(project), "the same version from elsewhere is not the same file");
    }

    [TestMethod]
    public void Build_RuntimeThroughAnotherPackageForAnotherPlatform_IsFoundInThePackage()
    {
        var project = Project($"""<PackageReference Include="{Runtime}" Version="7.29.0" />""");

        project.Build("-p:RuntimeIdentifier=win-x64", "-p:SelfContained=false", "-p:UseAppHost=false").MustSucceed();

        Assert.AreEqual("1.29.0", Report(project, "net10.0/win-x64").GetProperty("runtime").GetProperty("version").GetString());
    }

    [TestMethod]
    public void Build_RuntimeNamedByAProperty_IsMeasuredWith()
    {
        var project = Project("");
        project.Write("native/readme.txt", "");
        File.Copy(Path.Combine(Surroundings.Repository, "artifacts/onnxruntime/node_modules/com.github.asus4.onnxruntime/Plugins/Linux/x64/libonnxruntime.so"), project["native/libonnxruntime.so"]);

        project.Build("-p:QuantizeOnnxRuntimePath=native").MustSucceed();

        var runtime = Report(project).GetProperty("runtime");
        Assert.AreEqual("1.29.0", runtime.GetProperty("version").GetString());
        Assert.Contains("the property QuantizeOnnxRuntimePath", runtime.GetProperty("origin").GetString()!);
        project.Build("--no-restore", "-p:QuantizeOnnxRuntimePath=nowhere").MustFail("QTZ3010");
        Assert.IsEmpty(project.Int8Models("bin"));
    }

    [TestMethod]
    public void Build_RuntimeOfAnotherPlatform_IsAnErrorThatSaysWhatToDo()
    {
        var error = Project($"""<PackageReference Include="{Runtime}.DirectML" Version="7.29.0" />""").Build().MustFail("QTZ3010").Errors.Single();

        Assert.Contains("Microsoft.ML.OnnxRuntime.DirectML 7.29.0", error.Text);
        Assert.Contains("has no library for linux-x64", error.Text);
        Assert.Contains("win-arm64, win-x64", error.Text);
        Assert.Contains("QuantizeOnnxRuntimePath", error.Text);
    }

    [TestMethod]
    public void Build_TwoRuntimes_IsAnErrorThatNamesBoth()
    {
        var project = Project($"""<PackageReference Include="{Runtime}" Version="7.29.0" /><PackageReference Include="{Runtime}.Gpu" Version="7.29.0" />""");

        var error = project.Build().MustFail("QTZ3012").Errors.Single();

        Assert.Contains("Microsoft.ML.OnnxRuntime 7.29.0, Microsoft.ML.OnnxRuntime.Gpu 7.29.0", error.Text);
        project.Build("--no-restore", "-p:QuantizeOnnxRuntimePath=bundled").MustSucceed();
    }

    [TestMethod]
    public void Build_RuntimeWithOtherProviders_WarnsThatTheVerdictIsOfTheProcessor()
    {
        var project = Project($"""<PackageReference Include="{Runtime}.Gpu" Version="7.29.0" />""");

        var warning = project.Build().MustSucceed().Warnings.Single(w => w.Code == "QTZ3013");

        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", warning.Text);
        Assert.StartsWith("Microsoft.ML.OnnxRuntime.Gpu 7.29.0", Report(project).GetProperty("runtime").GetProperty("package").GetString());
    }

    private static TestProject Project(string items)
    {
        RuntimePackages.Make();
        var project = new TestProject();
        project.Write("App.csproj", TestProject.Csproj(items, "<QuantizeCacheDirectory>cache</QuantizeCacheDirectory>", "<TargetFramework>net10.0</TargetFramework>"));
        project.Write("Library.cs", "public class Library { }");
        project.Write("quantize.yaml", TinyNetwork.Manifest("0.5"));
        TinyNetwork.Write(project.Root);
        return project;
    }

    private static JsonElement Report(TestProject project, string framework = "net10.0") => JsonDocument.Parse(File.ReadAllText(project[$"obj/Debug/{framework}/quantize/quantize/report/report.json"])).RootElement;

    private static long Evaluated(TestProject project) => Report(project).GetProperty("evaluations").GetProperty("samples").GetInt64();
}
