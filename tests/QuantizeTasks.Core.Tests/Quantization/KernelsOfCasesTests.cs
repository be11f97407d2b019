using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>
/// How many int8 kernels ONNX Runtime really runs on real networks under default settings. A number that falls is a layer that silently went back to float; one that rises is a layer
/// that was not meant to be int8, or progress: look at the optimized graph before changing it.
/// </summary>
[TestClass]
public sealed class KernelsOfCasesTests
{
    [TestMethod]
    [DataRow("cifar10_resnet8", 12)]
    [DataRow("imagenet_mobilenetv2", 61)]
    [DataRow("fer2013_minixception", 14)]
    [DataRow("speechcmd_kwt1", 60)]
    [DataRow("superres_x3", 3)]
    [DataRow("coco_espnetv2_seg", 7)]
    public void FullyQuantized_DefaultSettings_RunsThatManyKernels(string name, int kernels)
    {
        var manifest = ManifestReader.Read(Cases.PathOf(name, "quantize.yaml"));
        // Two samples say as much about kernels as all of them.
        var settings = manifest.Compression with { IsAccuracyAware = false, Quantization = manifest.Compression.Quantization with { StatSubsetSize = new(2, Settings.Position) } };
        var prepared = ModelPreparation.Prepare(OnnxModel.Load(manifest.Model.Value));
        var placement = QuantizerPlacement.Place(prepared, settings);
        var passes = new DirectPasses(DataSource.Open(manifest.Calibration), settings.Quantization, workers: 2);
        var calibrated = DefaultQuantization.Calibrate(prepared, placement, settings, passes);
        foreach (var format in (ModelFormat[])[ModelFormat.Qdq, ModelFormat.QOperator])
        {
            var optimized = OptimizedGraph.Of(DefaultQuantization.Quantize(calibrated, settings with { Format = format }, passes).Build(Configuration.FullyQuantized), name);
            var layers = calibrated.Placement.Layers.Select(l => l.Name).ToArray();
            CollectionAssert.AreEquivalent(layers, optimized.RunningInInteger(layers).ToArray());
            // An agnostic Concat is an operator of integers either way, with a kernel of its own in one of them.
            Assert.AreEqual(kernels, optimized.Operators.Count(o => o.IsInteger && o.OperatorType != "QLinearConcat"), string.Join(" ", optimized.Operators.GroupBy(o => o.OperatorType).Select(g => $"{g.Key} {g.Count()}")));
        }
    }
}
