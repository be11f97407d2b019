using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Errors;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Errors;

[TestClass]
public sealed class LayerSurveyTests
{
    private static QuantizedTestModel Model() => new(TestModels.Opset(13).Input("x", 1, 8, 10, 10).Random("w1", 16, 8, 3, 3).Random("b1", 16).Random("w2", 16, 16, 3, 3)
        .Named("first", "Conv", ["x", "w1", "b1"], ["c1"], n => n.With("pads", 1, 1, 1, 1)).Named("relu", "Relu", ["c1"], ["r1"])
        .Named("second", "Conv", ["r1", "w2"], ["y"], n => n.With("pads", 1, 1, 1, 1)).Output("y"));

    private static Dictionary<string, TensorScale> Scales(QuantizedTestModel model) =>
        model.Placement.Quantizers.Zip(model.Variants.Scales(Configuration.FullyQuantized)).SelectMany(p => p.First.Tensors.Select(t => (t, p.Second))).ToDictionary(p => p.t, p => p.Second);

    private static LayerSurvey Measure(QuantizedTestModel model, int workers = 2) => LayerSurvey.Measure(
        model.Calibrated, model.Variants.Build(Configuration.FullyQuantized), Scales(model), model.Samples, [.. Enumerable.Range(0, model.Samples.Count)], workers, CancellationToken.None);

    [TestMethod]
    public void Measure_TensorAfterRelu_CountsWhatAPlainLoopCounts()
    {
        var model = Model();
        var scale = Scales(model)["r1"];
        // The float model's values of the tensor, counted one by one.
        var graph = model.Prepared.Model.Clone();
        graph.Proto.Graph.Output.Clear();
        graph.Proto.Graph.Output.Add(new ValueInfoProto { Name = "r1" });
        using var session = ModelSession.Create(graph);
        float[] values = [.. Enumerable.Range(0, model.Samples.Count).SelectMany(i => session.Run(model.Samples.Load(i).Inputs)["r1"].As<float>())];

        var found = Measure(model).Values["r1"];
        Assert.AreEqual(values.Min(), found.Minimum);
        Assert.AreEqual(values.Max(), found.Maximum);
        Assert.AreEqual(values.Count(v => v == 0) / (double)values.Length, found.Zeros, 1e-12);
        Assert.IsGreaterThan(0.2, found.Zeros, "a Relu makes zeros");
        Assert.AreEqual(values.Count(v => v != 0), found.Counts.Sum());
        var width = (values.Max() - values.Min()) / ValueDistribution.Bins;
        for (var bin = 0; bin < ValueDistribution.Bins; bin++)
        {
            // Fine bins are counted whole by their middle, so that values near a border may be counted beside it.
            var (low, high) = (values.Min() + (bin * width), values.Min() + ((bin + 1) * width));
            var exact = values.Count(v => v != 0 && v >= low && v < high);
            var near = values.Count(v => Math.Abs(v - low) < width / 20 || Math.Abs(v - high) < width / 20) + 1;
            Assert.AreEqual(exact, found.Counts[bin], near, $"bin {bin}");
        }
        var clipped = values.Count(v => v > scale.High + (scale.Scale / 2)) / (double)values.Length;
        Assert.IsGreaterThan(0, clipped, "the mean of the samples' maxima is below the largest");
        Assert.AreEqual(clipped, found.Clipped, 0.0005);
    }

    [TestMethod]
    public void Measure_AnyNumberOfWorkers_IsTheSame()
    {
        var model = Model();
        CollectionAssert.AreEqual(Measure(model, 1).ToBytes(), Measure(model, 3).ToBytes());
    }

    [TestMethod]
    public void FromBytes_WhatToBytesWrote_IsTheSame_AndAnythingElseIsNothing()
    {
        var survey = Measure(Model());
        var bytes = survey.ToBytes();
        CollectionAssert.AreEqual(bytes, LayerSurvey.FromBytes(bytes)!.ToBytes());
        CollectionAssert.AreEqual(survey.Errors.Layers.ToArray(), LayerSurvey.FromBytes(bytes)!.Errors.Layers.ToArray());
        for (var length = 0; length < bytes.Length; length += 7)
            Assert.IsNull(LayerSurvey.FromBytes(bytes[..length]), $"cut after {length} bytes");
        Assert.IsNull(LayerSurvey.FromBytes([.. bytes, 0]));
    }
}
