using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Corrections;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class MomentSamplingTests
{
    /// <summary>9 taps of 8 channels are 72 inputs; 8192 rows are more than 32 of each.</summary>
    [TestMethod]
    [DataRow(64, 300, null, 4, 1, DisplayName = "4 samples of 4096 positions are 16384 rows, and of every second position 4096")]
    [DataRow(256, 300, null, 4, 5, DisplayName = "4 samples of 65536 positions: every fifth along each axis leaves 4 x 52 x 52 rows")]
    [DataRow(16, 300, null, 32, 1, DisplayName = "256 positions each")]
    [DataRow(4, 300, null, 128, 1, DisplayName = "16 positions each would take 512 samples")]
    [DataRow(4, 20, null, 20, 1, DisplayName = "no more than there are")]
    [DataRow(64, 300, 16, 16, 2, DisplayName = "as many as asked for: 16 x 32 x 32 rows")]
    [DataRow(64, 8, 16, 8, 2, DisplayName = "as many as asked for, if there are: 8 x 32 x 32 rows")]
    public void Choose_Convolution_TakesWhatItNeeds(int extent, int available, int? wished, int samples, int step)
    {
        var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", 1, 8, extent, extent).Random("w", 8, 8, 3, 3)
            .Named("layer", "Conv", ["x", "w"], ["y"], n => n.With("pads", 1, 1, 1, 1)).Output("y"), Settings.Of() with { Prefer = Preference.Size }, samples: 1);
        var sampling = MomentSampling.Choose(model.Prepared, [.. model.Placement.Layers.Where(l => l.Name == "layer").Select(l => (l, MomentShape.Of(model.Prepared.Model.Graph, l, long.MaxValue)!))], available, wished);
        Assert.AreEqual((samples, step), (sampling.Samples, sampling.Steps.Single()));
    }

    [TestMethod]
    [DataRow(7, 128, 1)]
    [DataRow(1000, 9, 1)]
    [DataRow(5000, 4, 2)]
    public void Choose_MatrixProduct_TakesWhatItNeeds(int rows, int samples, int step)
    {
        var model = new QuantizedTestModel(TestModels.Opset(18, 8).Input("x", 1, rows, 16).Random("w", 16, 24).Named("layer", "MatMul", ["x", "w"], ["y"]).Output("y"), samples: 1);
        var sampling = MomentSampling.Choose(model.Prepared, [.. model.Placement.Layers.Where(l => l.Name == "layer").Select(l => (l, MomentShape.Of(model.Prepared.Model.Graph, l, long.MaxValue)!))], 300, null);
        Assert.AreEqual((samples, step), (sampling.Samples, sampling.Steps.Single()));
    }

    [TestMethod]
    [DataRow(7, 300, null, 896L)]
    [DataRow(7, 20, null, 140L)]
    [DataRow(7, 300, 10, 70L)]
    public void Rows_MatrixProduct_AreThoseOfTheSamplesThatMayBeTaken(int rows, int available, int? wished, long expected)
    {
        var model = new QuantizedTestModel(TestModels.Opset(18, 8).Input("x", 1, rows, 16).Random("w", 16, 24).Named("layer", "MatMul", ["x", "w"], ["y"]).Output("y"), samples: 1);
        Assert.AreEqual(expected, MomentSampling.Rows(model.Prepared, model.Placement.Layers.Single(l => l.Name == "layer"), available, wished));
    }
}
