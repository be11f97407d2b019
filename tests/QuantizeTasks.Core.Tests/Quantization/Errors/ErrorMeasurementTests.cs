using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Errors;

namespace QuantizeTasks.Tests.Quantization.Errors;

[TestClass]
public sealed class ErrorMeasurementTests
{
    private static QuantizedTestModel Model() => new(TestModels.Opset(13).Input("x", 1, 8, 10, 10).Random("w1", 16, 8, 3, 3).Random("b1", 16).Random("w2", 16, 16, 3, 3).Random("w3", 16, 16, 1, 1)
        .Named("first", "Conv", ["x", "w1", "b1"], ["c1"], n => n.With("pads", 1, 1, 1, 1)).Named("relu", "Relu", ["c1"], ["r1"])
        .Named("second", "Conv", ["r1", "w2"], ["c2"], n => n.With("pads", 1, 1, 1, 1)).Named("sum", "Add", ["c2", "r1"], ["s"])
        .Named("third", "Conv", ["s", "w3"], ["y"]).Output("y"));

    private static LocalErrors Measure(QuantizedTestModel model, int workers = 2) =>
        ErrorMeasurement.Measure(model.Calibrated, model.Calibrated.Placement.Layers, model.Variants.Build(Configuration.FullyQuantized), model.Samples, [.. Enumerable.Range(0, model.Samples.Count)], workers, CancellationToken.None);

    [TestMethod]
    public void Measure_EveryLayer_AgreesWithRunningTheModelsByHand()
    {
        var model = Model();
        var errors = Measure(model);
        CollectionAssert.AreEqual(model.Placement.Layers.Select(l => l.Name).ToArray(), errors.Layers.Select(l => l.Layer).ToArray());

        // The last layer's accumulated error is the error of the model; RelativeError is a computation of its own.
        var last = errors.Find("third")!;
        Assert.AreEqual(model.RelativeError(Configuration.FullyQuantized), Math.Sqrt(last.Accumulated / last.Signal), 1e-6);
        // The first layer has nothing before it.
        var first = errors.Find("first")!;
        Assert.AreEqual(first.Accumulated, first.Local, first.Local * 1e-9);
        foreach (var layer in errors.Layers)
        {
            Assert.IsGreaterThan(0, layer.Local, layer.Layer);
            Assert.IsGreaterThan(25, layer.LocalDecibels, layer.Layer);
            Assert.AreEqual(10 * Math.Log10(layer.Signal / layer.Local), layer.LocalDecibels, 1e-9);
        }
        Assert.IsLessThan(last.Accumulated, last.Local, "what comes from before adds to it");
    }

    [TestMethod]
    public void Measure_OneLayerOfTheModel_IsWhatQuantizingThatLayerAloneGives()
    {
        var model = Model();
        var errors = Measure(model);
        // All but the last group in float: then the model's whole error is that layer's own. The group must hold the one layer.
        var group = model.Placement.Groups.Single(g => g.Layers.Contains("third"));
        CollectionAssert.AreEqual(new[] { "third" }, group.Layers.ToArray());
        var alone = Configuration.FullyQuantized.Revert(model.Placement.Groups.Where(g => g.Id != group.Id).Select(g => g.Id));
        var third = errors.Find("third")!;
        Assert.AreEqual(model.RelativeError(alone), Math.Sqrt(third.Local / third.Signal), 1e-4 * Math.Sqrt(third.Local / third.Signal) + 1e-6);
    }

    [TestMethod]
    public void Measure_WorseWeights_RaiseTheErrorOfTheirLayerAlone()
    {
        // One weight a thousand times as large as the others leaves the others no steps, per tensor.
        var good = new QuantizedTestModel(Chain(1), Settings.Of(weights: "pertensor", bias: false));
        var bad = new QuantizedTestModel(Chain(300), Settings.Of(weights: "pertensor", bias: false));
        var (before, after) = (Measure(good), Measure(bad));
        Assert.IsGreaterThan(before.Find("second")!.RelativeLocal * 10, after.Find("second")!.RelativeLocal);
        Assert.IsLessThan(before.Find("first")!.RelativeLocal * 2, after.Find("first")!.RelativeLocal);

        static TestModels Chain(float outlier)
        {
            var w = TestModels.RandomFloats("w2", [16, 16, 3, 3], 0, 0.1f);
            w[7] = 0.3f * outlier;
            return TestModels.Opset(13).Input("x", 1, 8, 8, 8).Random("w1", 16, 8, 3, 3).Floats("w2", w, 16, 16, 3, 3)
                .Named("first", "Conv", ["x", "w1"], ["a"]).Named("second", "Conv", ["a", "w2"], ["y"]).Output("y");
        }
    }

    [TestMethod]
    public void Measure_AnyNumberOfWorkers_GivesTheSameBits()
    {
        var model = Model();
        var (one, four) = (Measure(model, 1), Measure(model, 4));
        CollectionAssert.AreEqual(one.Layers.ToArray(), four.Layers.ToArray());
    }

    [TestMethod]
    public void Decibels_NoNoise_IsInfiniteAndNoSignalIsMinusInfinite()
    {
        Assert.AreEqual(double.PositiveInfinity, new LayerError("l", 5, 0, 0).LocalDecibels);
        Assert.AreEqual(double.NegativeInfinity, new LayerError("l", 0, 1, 1).LocalDecibels);
        Assert.AreEqual(20, new LayerError("l", 100, 1, 4).LocalDecibels, 1e-12);
    }
}
