using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Corrections;

/// <summary>The corrected biases in written models, against the definition run in ONNX Runtime: what each layer gives for a constant input of the channels' means, with float and with stored weights.</summary>
[TestClass]
public sealed class FastBiasCorrectionTests
{
    [TestMethod]
    [DataRow("Conv", 1L)]
    [DataRow("Conv", 32L)]
    [DataRow("Gemm", 0L)]
    [DataRow("Gemm", 1L)]
    [DataRow("MatMul", 3L)]
    [DataRow("MatMul", 2L)]
    public void Bias_OfEachKindOfLayer_TakesBackTheShiftOfItsMean(string type, long variant)
    {
        var model = new QuantizedTestModel(Layer(type, variant), samples: 4);
        var written = model.Written();
        var (layer, dims) = (model.Placement.Layers.Single(), type == "Conv" ? new[] { 1, 32, 3, 3 } : variant == 3 ? [1, 1, 32] : [1, 32]);
        // What the layer reads everywhere: its input channels' means.
        var constant = new Dictionary<string, Tensor> { ["x"] = Tensor.Create(model.Statistics["x"].ChannelMeans(layer.Weights!.InputChannelAxis).SelectMany(m => Enumerable.Repeat((float)m, type == "Conv" ? 9 : 1)).ToArray(), dims) };

        var expected = Run(Layer(type, variant, pointwise: true).Build(), "w", null, constant);
        var withStoredWeights = Run(Layer(type, variant, pointwise: true).Build(), "w", Stored(written, layer.Name), constant);
        var bias = StoredBias(written, layer.Name);
        var original = model.Original.Graph.TryGetConstant("b", out var b) ? b.ToFloats() : throw new InvalidOperationException();

        for (var i = 0; i < original.Length; i++)
            Assert.AreEqual(expected[i] - withStoredWeights[i], bias.Values[i] - original[i], Math.Max(bias.Step[i], 1e-4), $"channel {i}");
        Assert.IsTrue(bias.Values.Zip(original).Any(p => Math.Abs(p.First - p.Second) > 1e-4), "there was something to correct");
    }

    [TestMethod]
    public void Bias_CorrectionOff_IsTheOriginal()
    {
        var model = new QuantizedTestModel(Layer("Conv", 1), Settings.Of(bias: false));
        var bias = StoredBias(model.Written(), "layer");
        model.Original.Graph.TryGetConstant("b", out var original);
        for (var i = 0; i < bias.Values.Length; i++)
            Assert.AreEqual(original!.ToFloats()[i], bias.Values[i], bias.Step[i]);
    }

    /// <summary>Judged by the network's output: correcting brings its mean back.</summary>
    [TestMethod]
    public void Output_CorrectedLayer_HasASmallerMeanError()
    {
        double MeanError(bool corrects)
        {
            // After a Relu the input's mean is not zero, as in most networks.
            var builder = FusionTests.Image(32).Random("w", 32, 32, 3, 3).Random("b", 32).Node("Relu", ["x"], ["r"]).Named("layer", "Conv", ["r", "w", "b"], ["y"]).Output("y");
            var model = new QuantizedTestModel(builder, Settings.Of(bias: corrects, weights: "pertensor"), samples: 16);
            var sums = new double[32];
            for (var i = 0; i < model.Samples.Count; i++)
            {
                var inputs = model.Samples.Load(i).Inputs;
                var (want, have) = (TestRuns.Run(model.Original, inputs)["y"].As<float>(), TestRuns.Run(model.Written(), inputs)["y"].As<float>());
                for (var k = 0; k < want.Length; k++)
                    sums[k / (26 * 26)] += have[k] - want[k];
            }
            return sums.Max(Math.Abs);
        }

        Assert.IsLessThan(MeanError(false) * 0.7, MeanError(true));
    }

    /// <summary>Biases of zero are corrected too, which POT skips; and a convolution without one gets one.</summary>
    [TestMethod]
    public void Bias_AbsentOrZero_IsCorrected()
    {
        foreach (var bias in (string?[])["zero", null])
        {
            var builder = FusionTests.Image(32).Random("w", 32, 32, 3, 3).Floats("zero", new float[32], 32);
            var model = new QuantizedTestModel(builder.Named("layer", "Conv", bias is null ? ["x", "w"] : ["x", "w", bias], ["y"], FusionTests.Pads).Output("y"));
            Assert.IsTrue(StoredBias(model.Written(), "layer").Values.Any(v => v != 0));
        }
    }

    private static TestModels Layer(string type, long variant, bool pointwise = false)
    {
        var builder = type switch
        {
            "Conv" => (pointwise ? FusionTests.Image(32, 3) : FusionTests.Image(32)).Random("w", 32, 32 / variant, 3, 3),
            "Gemm" => TestModels.Opset(13).Input("x", pointwise ? 1 : 64, 32).Random("w", 32, 32),
            _ => (variant == 3 ? TestModels.Opset(13).Input("x", 1, pointwise ? 1 : 64, 32) : TestModels.Opset(13).Input("x", pointwise ? 1 : 64, 32)).Random("w", 32, 32),
        };
        builder = builder.Random("b", 32);
        return type switch
        {
            "Conv" => builder.Named("layer", "Conv", ["x", "w", "b"], ["y"], n => n.With("group", variant)).Output("y"),
            "Gemm" => builder.Named("layer", "Gemm", ["x", "w", "b"], ["y"], n => n.With("transB", variant)).Output("y"),
            _ => builder.Named("layer", "MatMul", ["x", "w"], ["t"]).Named("add", "Add", ["t", "b"], ["y"]).Output("y"),
        };
    }

    private static float[] Run(OnnxModel model, string weights, float[]? replacement, IReadOnlyDictionary<string, Tensor> inputs)
    {
        if (replacement is not null && model.Graph.TryGetConstant(weights, out var old))
        {
            long[] dims = [.. old.Dims];
            model.Graph.RemoveInitializer(weights);
            model.Graph.AddInitializer(TensorData.Floats(weights, replacement, dims));
        }
        return TestRuns.Run(model, inputs)["y"].As<float>();
    }

    /// <summary>Runs nothing but the written model's own DequantizeLinear of the weights.</summary>
    private static float[] Stored(OnnxModel written, string layer) => Dequantized(written, $"{layer}/weights/dequantized");

    private static (float[] Values, float[] Step) StoredBias(OnnxModel written, string layer)
    {
        if (written.Graph.TryGetConstant($"{layer}/bias", out var bias) && bias.IsFloat())
            return (bias.ToFloats(), new float[bias.Length()]);
        written.Graph.TryGetConstant($"{layer}/bias/scale", out var scales);
        return (Dequantized(written, $"{layer}/bias/dequantized"), scales!.ToFloats());
    }

    private static float[] Dequantized(OnnxModel written, string tensor)
    {
        var probe = written.Clone();
        probe.Proto.Graph.Output.Clear();
        probe.Proto.Graph.Output.Add(new ValueInfoProto { Name = tensor });
        return TestRuns.Run(probe, TestRuns.RandomInputs(written, open: 1))[tensor].As<float>();
    }
}
