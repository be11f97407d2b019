using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class ChannelAlignmentTests
{
    private const int Channels = 32;

    [TestMethod]
    public void Calibrate_ConvolutionsInARow_ComputeTheSameInFloat()
    {
        foreach (var kernel in (long[])[1, 3])
        {
            var model = new QuantizedTestModel(Pair(kernel));
            CollectionAssert.AreEqual(new[] { "second" }, model.Calibrated.Rescaled.ToArray());
            TestRuns.AssertEquivalent(model.Original, model.Written(Configuration.Float), 2e-5);
        }
    }

    /// <summary>Weights and biases against the formulas in their plainest form, on ranges measured from the tensor itself.</summary>
    [TestMethod]
    public void Calibrate_ConvolutionsInARow_FollowsTheDefinition()
    {
        var model = new QuantizedTestModel(Pair(kernel: 3), samples: 5);
        var (w1, b1) = (Values(model.Original, "w1"), Values(model.Original, "b1"));
        var w2 = Values(model.Original, "w2");
        var ranges = Enumerable.Range(0, Channels).Select(c => Range(model, c)).ToArray();
        var positive = ranges.Select(r => r.High - r.Low).Where(r => r > 0).Order().ToArray();
        var median = (positive[(Channels / 2) - 1] + positive[Channels / 2]) / 2;

        var written = model.Calibrated.Prepared.Model;
        var (newW1, newB1, newW2, newB2) = (Values(written, "w1"), Values(written, "b1"), Values(written, "w2"), Values(written, "second_bias"));
        var bias = new double[Channels];
        for (var c = 0; c < Channels; c++)
        {
            var factor = Math.Clamp((ranges[c].High - ranges[c].Low) / median, 0.01, 100);
            var middle = (ranges[c].High + ranges[c].Low) / 2;
            Assert.AreEqual((b1[c] - middle) / factor, newB1[c], 1e-4, $"bias {c}");
            for (var k = 0; k < w1.Length / Channels; k++)
                Assert.AreEqual(w1[(c * (w1.Length / Channels)) + k] / factor, newW1[(c * (w1.Length / Channels)) + k], 1e-4);
            for (var o = 0; o < Channels; o++)
                for (var k = 0; k < 9; k++)
                {
                    var i = (((o * Channels) + c) * 9) + k;
                    Assert.AreEqual(w2[i] * factor, newW2[i], 1e-4 * Math.Max(1, factor));
                    bias[o] += w2[i] * middle;
                }
        }
        for (var o = 0; o < Channels; o++)
            Assert.AreEqual(bias[o], newB2[o], 1e-3, $"bias of the second {o}");
        Assert.IsTrue(newW1.Zip(w1).Any(p => Math.Abs(p.First - p.Second) > 0.05), "there was something to align");
    }

    [TestMethod]
    public void Calibrate_ChannelsOfDifferentRange_LoseLess()
    {
        double Error(bool aligns) => new QuantizedTestModel(Pair(1), Settings.With(p => p with { ChannelAlignment = aligns })).RelativeError(Configuration.FullyQuantized);
        Assert.IsLessThan(Error(false) * 0.8, Error(true));
    }

    [TestMethod]
    [DataRow("padding")]
    [DataRow("stride")]
    [DataRow("dilation")]
    [DataRow("group")]
    [DataRow("relu")]
    [DataRow("second reader")]
    [DataRow("output")]
    [DataRow("tied weights")]
    [DataRow("not quantized")]
    public void Candidates_WhatIsNotExact_IsLeftAlone(string obstacle)
    {
        var builder = FusionTests.Image(Channels).Random("w1", Channels, Channels, 1, 1).Random("b1", Channels).Random("w2", Channels, obstacle == "group" ? 1 : Channels, 1, 1)
            .Named("first", "Conv", ["x", "w1", "b1"], ["t"]);
        var middle = "t";
        if (obstacle == "relu")
            builder = builder.Node("Relu", ["t"], [middle = "r"]);
        builder = builder.Named("second", "Conv", [middle, obstacle == "tied weights" ? "w1" : "w2"], ["y"], n => _ = obstacle switch
        {
            "padding" => n.With("pads", 1, 1, 1, 1),
            "stride" => n.With("strides", 2, 2),
            "dilation" => n.With("dilations", 2, 2),
            "group" => n.With("group", (long)Channels),
            _ => n,
        }).Output("y");
        if (obstacle == "second reader")
            builder = builder.Node("Sigmoid", ["t"], ["z"]).Output("z");
        if (obstacle == "output")
            builder = builder.Output("t");
        var prepared = ModelPreparation.Prepare(builder.Build());
        var settings = obstacle == "not quantized" ? Settings.Of(scope: ["first", "second"]) : Settings.Of();
        var candidates = ChannelAlignment.Candidates(prepared, QuantizerPlacement.Place(prepared, settings));
        Assert.IsEmpty(candidates);
    }

    [TestMethod]
    public void Factors_DeadChannelAndOutliers_AreBounded()
    {
        var factors = ChannelAlignment.Factors([0, 1, 2, 3, 1e6])!;
        foreach (var (expected, actual) in ((double[])[1, 0.4, 0.8, 1.2, 100]).Zip(factors))
            Assert.AreEqual(expected, actual, 1e-12);
        Assert.IsNull(ChannelAlignment.Factors([0, 0]));
    }

    /// <summary>Channels whose ranges differ by a factor of 400, with offsets.</summary>
    private static TestModels Pair(long kernel)
    {
        var w = TestModels.RandomFloats("first weights", [Channels, Channels, 1, 1], 0, 0.2f);
        for (var i = 0; i < w.Length; i++)
            w[i] *= MathF.Pow(10, (i / Channels % 5 * 0.65f) - 1.3f);
        return FusionTests.Image(Channels).Floats("w1", w, Channels, Channels, 1, 1).Floats("b1", TestModels.RandomFloats("biases", [Channels]), Channels).Random("w2", Channels, Channels, kernel, kernel)
            .Named("first", "Conv", ["x", "w1", "b1"], ["t"]).Named("second", "Conv", ["t", "w2"], ["y"]).Output("y");
    }

    private static (double Low, double High) Range(QuantizedTestModel model, int channel)
    {
        var probe = model.Original.Clone();
        probe.Proto.Graph.Output.Clear();
        probe.Proto.Graph.Output.Add(new QuantizeTasks.Onnx.Proto.ValueInfoProto { Name = "t" });
        var (lows, highs) = (new List<double>(), new List<double>());
        for (var s = 0; s < model.Samples.Count; s++)
        {
            var values = TestRuns.Run(probe, model.Samples.Load(s).Inputs)["t"].As<float>();
            var plane = values.Length / Channels;
            var sorted = values.Skip(channel * plane).Take(plane).Order().ToArray();
            var position = 1e-4 * (plane - 1);
            // Less than 10 001 values: between the outermost two.
            lows.Add(sorted[0] + (position * (sorted[1] - sorted[0])));
            highs.Add(sorted[^1] - (position * (sorted[^1] - sorted[^2])));
        }
        return (lows.Order().ElementAt(lows.Count / 2), highs.Order().ElementAt(highs.Count / 2));
    }

    private static float[] Values(OnnxModel model, string name) => model.Graph.TryGetConstant(name, out var tensor) ? tensor.ToFloats() : throw new InvalidOperationException(name);
}
