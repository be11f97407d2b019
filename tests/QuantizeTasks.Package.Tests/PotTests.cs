using System.Text.Json;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>Configurations of the Post-training Optimization Tool as manifests of a build, with the real quantizer.</summary>
[TestClass]
public class PotTests
{
    private const string Configuration = """
        {
          "model": { "model_name": "tiny", "model": "models/tiny.onnx" },
          "engine": {
            "launchers": [ { "framework": "dlsdk", "adapter": "classification" } ],
            "datasets": [ {
              "name": "noise",
              "data_source": "images",
              "annotation_conversion": { "converter": "imagenet", "annotation_file": "labels.txt" },
              "preprocessing": [ { "type": "normalization", "std": 255 } ],
              "metrics": [ { "name": "accuracy@top1", "type": "accuracy", "top_k": 1 } ]
            } ]
          },
          "compression": {
            "target_device": "CPU",
            "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "preset": "performance", "stat_subset_size": 32, "maximal_drop": 0.5 } } ]
          }
        }
        """;

    [TestMethod]
    [DataRow("""<QuantizeModel Include="pot.json" />""")]
    [DataRow("""<QuantizeModel Include="models/tiny.onnx" Manifest="pot.json" />""")]
    public void Build_Configuration_ProvesItsModelAndLooksAtItsFiles(string item)
    {
        var project = Project(item);

        project.Build().MustSucceed();

        CollectionAssert.AreEqual(new[] { "tiny.int8.onnx" }, project.Int8Models("bin/Debug/net10.0"));
        var metric = Report(project).GetProperty("metrics")[0];
        Assert.AreEqual("withinBudget", Report(project).GetProperty("status").GetString());
        Assert.AreEqual(TinyClassifier.Images, metric.GetProperty("samples").GetInt32());
        Assert.AreEqual(1.0, metric.GetProperty("baseline").GetDouble(), "The labels are what the float model says of the images in BGR order, divided by 255.");
        Assert.AreEqual(0.5, metric.GetProperty("budget").GetDouble());
        Assert.AreEqual(0, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"));

        foreach (var file in new[] { "pot.json", "labels.txt", "images/7.ppm", "models/tiny.onnx" })
        {
            project.Touch(file);
            Assert.AreEqual(1, project.Build("--no-restore").MustSucceed().Executions("RunQuantization"), file);
            // The next file has to be newer than this run.
            File.SetLastWriteTimeUtc(project[file], DateTime.UtcNow.AddMinutes(-1));
        }
    }

    [TestMethod]
    public void Build_ConfigurationWithAKeyThatHasNoCounterpart_IsAnErrorAtIt()
    {
        var project = Project("""<QuantizeModel Include="pot.json" />""");
        project.Write("pot.json", Configuration.Replace("\"adapter\": \"classification\"", "\"adapter\": \"pose_estimation\"", StringComparison.Ordinal));

        var error = project.Build().MustFail("QTZ1030").Errors.First(e => e.Code == "QTZ1030");

        Assert.AreEqual(project["pot.json"], error.File);
        Assert.AreEqual(4, error.LineNumber);
        Assert.IsEmpty(project.Int8Models());
    }

    private static TestProject Project(string item)
    {
        var project = new TestProject();
        project.Write("App.csproj", TestProject.Csproj(item, "<QuantizeCacheDirectory>cache</QuantizeCacheDirectory>", "<TargetFramework>net10.0</TargetFramework>"));
        project.Write("Program.cs", "public class Library { }");
        project.Write("pot.json", Configuration);
        TinyClassifier.Write(project.Root);
        return project;
    }

    private static JsonElement Report(TestProject project) =>
        JsonDocument.Parse(File.ReadAllText(Directory.GetFiles(project["obj/Debug/net10.0/quantize"], "report.json", SearchOption.AllDirectories).Single())).RootElement;
}
