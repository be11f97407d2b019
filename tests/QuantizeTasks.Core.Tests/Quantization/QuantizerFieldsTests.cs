using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>What presets and the fields of <c>weights</c> and <c>activations</c> change in the written model.</summary>
[TestClass]
public sealed class QuantizerFieldsTests
{
    [TestMethod]
    public void Quantize_ActivationModes_AreWhatThePresetsStandFor()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        var (performance, mixed) = (Write(model, q => q), Write(model, q => q with { Preset = new("mixed", Settings.Position) }));

        CollectionAssert.AreNotEqual(performance, mixed);
        CollectionAssert.AreEqual(mixed, Write(model, q => q with { Activations = Mode("asymmetric") }));
        CollectionAssert.AreEqual(performance, Write(model, q => q with { Preset = new("mixed", Settings.Position), Activations = Mode("symmetric") }));
        CollectionAssert.AreEqual(performance, Write(model, q => q with { Preset = null, Weights = QuantizerSettings.None }), "the default is performance, perchannel");
    }

    /// <summary>Sixteen bits are written, run, and leave next to nothing but the rounding of the weights.</summary>
    [TestMethod]
    public void Quantize_SixteenBitActivations_AreCloserToFloat()
    {
        double Error(int bits)
        {
            var settings = Settings.Of(bias: false);
            return new QuantizedTestModel(FusionTests.Residual(), settings with
            {
                Quantization = settings.Quantization with { Activations = QuantizerSettings.None with { Bits = new(bits, Settings.Position) } },
            }).RelativeError(Configuration.FullyQuantized);
        }

        Assert.IsLessThan(0.9 * Error(8), Error(16));
    }

    [TestMethod]
    public void Quantize_FewerLevels_StoreWeightsWithinThem()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        var weights = Stored(model, q => q with { Weights = QuantizerSettings.None with { LevelLow = new(-8, Settings.Position), LevelHigh = new(7, Settings.Position) } });

        Assert.AreEqual((-7L, 7L), (weights.Min(), weights.Max()), "16 levels, symmetric: 7 on each side");
    }

    /// <summary>Asymmetric weights have a zero point for each channel, run in the same integer kernels, and those compute what the Q/DQ model says.</summary>
    [TestMethod]
    [DataRow("Conv", "QLinearConv")]
    [DataRow("Gemm", "QGemm")]
    [DataRow("MatMul", "MatMulIntegerToFloat")]
    public void Quantize_AsymmetricWeights_RunInIntegerKernels(string type, string kernel)
    {
        // Weights that are mostly positive, where asymmetric ones are worth their while.
        var skewed = TestModels.RandomFloats("w", [32, 32, 3, 3], mean: 1);
        var builder = type == "Conv" ? FusionTests.Image(32).Floats("w", skewed, 32, 32, 3, 3).Named("l", type, ["x", "w"], ["y"], FusionTests.Pads).Output("y")
            : TestModels.Opset(13).Input("x", 64, 32).Floats("w", skewed[..1024], 32, 32).Named("l", type, ["x", "w"], ["y"]).Output("y");
        var model = new QuantizedTestModel(builder);
        var symmetric = Write(model, q => q);
        var asymmetric = Write(model, q => q with { Weights = Mode("asymmetric") });

        var zeroPoints = OnnxModel.Parse(asymmetric, "m").Proto.Graph.Initializer.Single(i => i.Name == "l/weights/zero_point").ToInt64s();
        Assert.IsGreaterThan(5, zeroPoints.Distinct().Count());
        Assert.AreEqual(1, OptimizedGraph.Of(asymmetric, "m").Count(kernel));
        Assert.IsLessThan(0.8 * WeightError(model, symmetric), WeightError(model, asymmetric));
        foreach (var i in Enumerable.Range(0, model.Samples.Count))
        {
            var inputs = model.Samples.Load(i).Inputs;
            using var fused = ModelSession.Create(asymmetric, "m");
            using var plain = ModelSession.Create(asymmetric, "m", TestRuns.Plain);
            var (have, want) = (fused.Run(inputs)["y"].As<float>(), plain.Run(inputs)["y"].As<float>());
            // One step of the output's quantizer is a rounding tie; a wrong zero point would be off everywhere.
            Assert.IsLessThan(0.01 * want.Max(Math.Abs), have.Zip(want).Max(p => Math.Abs(p.First - p.Second)));
            Assert.IsLessThan(0.02, have.Zip(want).Count(p => Math.Abs(p.First - p.Second) > 1e-4 * want.Max(Math.Abs)) / (double)have.Length);
        }
    }

    private static double WeightError(QuantizedTestModel model, byte[] written)
    {
        model.Original.Graph.TryGetConstant("w", out var original);
        var graph = OnnxModel.Parse(written, "m").Proto.Graph;
        long[] Read(string name) => graph.Initializer.Single(i => i.Name == "l/weights" + name).ToInt64s();
        var (floats, stored, zeros, scales) = (original!.ToFloats(), Read(""), Read("/zero_point"), graph.Initializer.Single(i => i.Name == "l/weights/scale").ToFloats());
        var isConvolution = original!.Dims.Count == 4;
        return floats.Select((w, i) => isConvolution ? i / (floats.Length / 32) : i % 32).Select((c, i) => Math.Pow(((stored[i] - zeros[c]) * (double)scales[c]) - floats[i], 2)).Sum();
    }

    private static long[] Stored(QuantizedTestModel model, Func<DefaultQuantizationParameters, DefaultQuantizationParameters> edit) =>
        [.. OnnxModel.Parse(Write(model, edit), "m").Proto.Graph.Initializer.Where(i => i.Name.EndsWith("/weights", StringComparison.Ordinal)).SelectMany(i => i.ToInt64s())];

    private static QuantizerSettings Mode(string mode) => QuantizerSettings.None with { Mode = new(mode, Settings.Position) };

    private static byte[] Write(QuantizedTestModel model, Func<DefaultQuantizationParameters, DefaultQuantizationParameters> edit)
    {
        var settings = Settings.Of();
        return DefaultQuantization.Quantize(model.Calibrated, settings with { Quantization = edit(settings.Quantization) }, model.Passes).Build(Configuration.FullyQuantized).Message;
    }
}
