using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class TiedWeightsTests
{
    [TestMethod]
    [DataRow("plain")]
    [DataRow("tuning")]
    [DataRow("equalization")]
    [DataRow("smooth quant")]
    public void Build_TwoLayersOfOneWeight_StoreItOnce(string correction)
    {
        var model = new QuantizedTestModel(Tied(tied: true), Settings.With(p => correction switch
        {
            "tuning" => p with { UseLayerwiseTuning = true },
            "equalization" => p with { CrossLayerEqualization = true },
            "smooth quant" => p with { SmoothQuantAlpha = new(0.5, Settings.Position) },
            _ => p,
        }));
        var written = model.Written();
        Assert.HasCount(1, written.Proto.Graph.Initializer.Where(i => i.Name.EndsWith("/weights", StringComparison.Ordinal)).ToArray());
        Assert.AreEqual(2, model.Optimized().Count("QLinearConv"));
        Assert.IsLessThan(model.Original.ToBytes().Length * 0.45, model.Variants.Build(Configuration.FullyQuantized).Message.Length);
        Assert.IsLessThan(0.1, model.RelativeError(Configuration.FullyQuantized));
        // One of the two in float: the other keeps its int8 weights.
        Assert.AreEqual(1, OnnxModel.Parse(model.Variants.Build(Configuration.FullyQuantized.Revert(0)), "m").Graph.Initializers.Count(i => i.Name.EndsWith("/weights", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Build_TwoLayersOfEqualButSeparateWeights_KeepThemApart() =>
        Assert.HasCount(2, new QuantizedTestModel(Tied(tied: false)).Written().Proto.Graph.Initializer.Where(i => i.Name.EndsWith("/weights", StringComparison.Ordinal)).ToArray());

    private static TestModels Tied(bool tied)
    {
        var values = TestModels.RandomFloats("w", [32, 32, 3, 3], 0, 0.06f);
        return FusionTests.Image(32).Floats("w", values, 32, 32, 3, 3).Floats("w2", values, 32, 32, 3, 3).Random("b1", 32).Random("b2", 32)
            .Named("c1", "Conv", ["x", "w", "b1"], ["t1"], FusionTests.Pads).Node("Relu", ["t1"], ["r1"]).Named("c2", "Conv", ["r1", tied ? "w" : "w2", "b2"], ["y"], FusionTests.Pads).Output("y");
    }
}
