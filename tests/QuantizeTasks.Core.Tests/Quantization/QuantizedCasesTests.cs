using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>Real networks on real data: plain int8, without any search, against what the best of the Python tools reaches on the same files (figures in each case.md).</summary>
[TestClass]
public sealed class QuantizedCasesTests
{
    [TestMethod]
    [DataRow("cifar10_resnet8", 0.880)]
    [DataRow("speechcmd_kwt1", 0.967)]
    [DataRow("superres_x3", 22.248)]
    public void FullyQuantized_OnTheCase_IsAsAccurateAsThePythonTools(string name, double figure)
    {
        var manifest = ManifestReader.Read(Cases.PathOf(name, "quantize.yaml"));
        var prepared = ModelPreparation.Prepare(OnnxModel.Load(manifest.Model.Value));
        var placement = QuantizerPlacement.Place(prepared, manifest.Compression);
        var passes = new DirectPasses(DataSource.Open(manifest.Calibration), manifest.Compression.Quantization, workers: 2);
        var bytes = DefaultQuantization.Quantize(DefaultQuantization.Calibrate(prepared, placement, manifest.Compression, passes), manifest.Compression, passes).Build(Configuration.FullyQuantized);

        var layers = placement.Layers.Select(l => l.Name).ToArray();
        CollectionAssert.AreEquivalent(layers, OptimizedGraph.Of(bytes, name).RunningInInteger(layers).ToArray());
        Assert.IsGreaterThanOrEqualTo(figure, Evaluate(bytes, manifest));
    }

    private static double Evaluate(SerializedModel model, QuantizationManifest manifest)
    {
        var (data, metric) = (DataSource.Open(manifest.Validation!), MetricFactory.Create(manifest.Metrics[0]));
        using var session = ModelSession.Create(model, "int8");
        var contributions = new double[data.Count][];
        Parallel.For(0, data.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            var sample = data.Load(i);
            contributions[i] = metric.Observe(new MetricInput(session.Run(sample.Inputs), session.Outputs[0].Name, sample.Label, null));
        });
        return metric.Aggregate(contributions);
    }
}
