using Google.Protobuf;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Corrections;

/// <summary>Judged by the network's output: tuned weights change it less.</summary>
[TestClass]
public sealed class LayerwiseTuningTests
{
    [TestMethod]
    [DataRow("conv", "pertensor")]
    [DataRow("conv", "perchannel")]
    [DataRow("depthwise", "pertensor")]
    [DataRow("grouped", "pertensor")]
    [DataRow("matmul", "pertensor")]
    public void Quantize_Tuned_IsCloserToFloat(string type, string granularity)
    {
        // Few levels, so that rounding weights is what costs.
        double Error(bool tunes) => new QuantizedTestModel(Layer(type), Settings.With(p => p with
        {
            UseLayerwiseTuning = tunes,
            Weights = p.Weights with { Granularity = new(granularity, Settings.Position), LevelLow = new(-7, Settings.Position), LevelHigh = new(7, Settings.Position) },
        }), samples: 6).RelativeError(Configuration.FullyQuantized);
        Assert.IsLessThan(Error(false) * 0.9, Error(true));
    }

    [TestMethod]
    public void Quantize_Tuned_IsDeterministic()
    {
        byte[] Bytes() => new QuantizedTestModel(Layer("conv"), Settings.With(p => p with { UseLayerwiseTuning = true }), samples: 3).Variants.Build(Configuration.FullyQuantized).Message;
        CollectionAssert.AreEqual(Bytes(), Bytes());
    }

    /// <summary>On the first samples, it does what it does when there are no others.</summary>
    [TestMethod]
    [DataRow("num_samples_for_tuning")]
    [DataRow("calibration_indices_pool")]
    public void Quantize_TunedOnFewerSamples_LooksAtTheFirst(string key)
    {
        byte[] Weights(int samples, int? few) => new QuantizedTestModel(Layer("conv"), Settings.With(p => p with
        {
            UseLayerwiseTuning = true,
            NumSamplesForTuning = few is { } number && key == "num_samples_for_tuning" ? new(number, Settings.Position) : null,
            CalibrationIndicesPool = few is { } pool && key == "calibration_indices_pool" ? new(pool, Settings.Position) : null,
        }), samples).Written().Graph.Initializers.Single(i => i.Name == "layer/weights").ToByteArray();

        CollectionAssert.AreEqual(Weights(2, null), Weights(6, 2));
        CollectionAssert.AreNotEqual(Weights(6, null), Weights(6, 2));
        CollectionAssert.AreEqual(Weights(6, null), Weights(6, 100), "never more than there are");
    }

    [TestMethod]
    public void Quantize_TunedForLonger_IsNotTheSame()
    {
        byte[] Weights(int iterations) => new QuantizedTestModel(Layer("conv"), Settings.With(p => p with
        {
            UseLayerwiseTuning = true,
            TuningIterations = new(iterations, Settings.Position),
            Weights = p.Weights with { LevelLow = new(-7, Settings.Position), LevelHigh = new(7, Settings.Position) },
        }), samples: 6).Written().Graph.Initializers.Single(i => i.Name == "layer/weights").ToByteArray();

        CollectionAssert.AreNotEqual(Weights(1), Weights(8));
        CollectionAssert.AreEqual(Weights(1000), Weights(2000), "it ends when nothing moves any more");
    }

    /// <summary>Inputs that correlate, as those of real layers do: each is a mixture of few.</summary>
    private static TestModels Layer(string type)
    {
        if (type == "matmul")
            return TestModels.Opset(13).Input("x", 1, 96, 8).Random("mix", 8, 64).Named("m0", "MatMul", ["x", "mix"], ["t"]).Node("Relu", ["t"], ["r"]).Random("w", 64, 64).Named("layer", "MatMul", ["r", "w"], ["y"]).Output("y");
        var groups = type switch { "depthwise" => 32L, "grouped" => 4, _ => 1 };
        return FusionTests.Image(8).Random("mix", 32, 8, 5, 5).Named("c0", "Conv", ["x", "mix"], ["t"]).Node("Relu", ["t"], ["r"]).Random("w", 32, 32 / groups, 3, 3).Random("b", 32)
            .Named("layer", "Conv", ["r", "w", "b"], ["y"], n => QuantizeTasks.Onnx.NodeAttributes.With(n, "group", groups)).Output("y");
    }
}
