using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>The whole way with weights that are mapped, lent to sessions and kept in files.</summary>
[TestClass]
public class LargeModelTests
{
    /// <summary>75 MB in two matrices: more than is handed to the runtime as one message.</summary>
    [TestMethod]
    public void Run_WeightsOfSeventyFiveMegabytes_ArePublishedInInt8() => Run(layers: 2, width: 1024 * 3, samples: 4);

    /// <summary>Ten matrices of 256 MB, more than protobuf can hold in one message, float as they are. Takes 5 GB of disk and about as much memory.</summary>
    [TestMethod]
    public void Run_WeightsBeyondTheLimitOfProtobuf_ArePublishedInInt8()
    {
        if (Environment.GetEnvironmentVariable("QUANTIZE_SLOW_TESTS") is null or "")
            Assert.Inconclusive("NOT TESTED: a model of 2.6 GB takes minutes. Set QUANTIZE_SLOW_TESTS=1 to run it.");
        Run(layers: 10, width: 8192, samples: 2);
    }

    private static void Run(int layers, int width, int samples)
    {
        using var folder = new TemporaryFolder();
        var manifest = ManifestReader.Read(LargeModel.WriteProject(folder.Path, layers, width, samples));
        var floatBytes = (long)layers * width * width * 4;

        var report = QuantizationPipeline.Run(manifest, new RunOptions
        {
            OutputDirectory = folder.File("out"),
            ReportDirectory = folder.File("report"),
            CacheDirectory = folder.File("store"),
            Workers = 1,
        }, new Progress<RunEvent>(), CancellationToken.None);

        Assert.AreEqual(RunStatus.NotGated, report.Status);
        Assert.AreEqual(layers + 1, report.Layers.Quantized, "the matrices and the classifier");
        var values = report.Output!.ExternalData.Single();
        Assert.IsLessThan(0.26 * floatBytes, report.Output.Bytes);
        Assert.IsGreaterThan(0.24 * floatBytes, new FileInfo(values).Length);
        using var original = ModelSession.Open(folder.File("model.onnx"));
        using var published = ModelSession.Open(report.Output.Path);
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Create([.. Enumerable.Range(0, width).Select(i => i % 7 / 7f)], 1, width) };
        TestRuns.AssertEqual(original.Run(inputs), published.Run(inputs), 0.15);
        Assert.IsEmpty(Directory.GetFiles(Path.GetTempPath(), $"quantize-tasks.values.*"), "what a run keeps in files has no name there");
    }
}
