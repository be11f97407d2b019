using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>POT's <c>layerwise_configs</c>, on a residual block: c1, Relu to r1, c2, an addition of r1 with Relu to r2, c3.</summary>
[TestClass]
public sealed class LayerwiseConfigsTests
{
    private static readonly SourcePosition Place = new("quantize.yaml", 20, 13);
    private static readonly QuantizerSettings Asymmetric = QuantizerSettings.None with { Mode = new("asymmetric", Place) };

    [TestMethod]
    [DataRow("x", DisplayName = "an input of the model")]
    [DataRow("r1", DisplayName = "a tensor behind an activation function")]
    [DataRow("c2/fq_input_0", DisplayName = "as POT names what an operator reads")]
    public void Activation_OfAnyName_AloneIsAsWished(string name)
    {
        var (settings, expected) = (With((name, Asymmetric)), name == "x" ? "x" : "r1");
        var placement = Placed(settings);
        var choices = QuantizerChoices.Of(placement, settings);

        foreach (var (quantizer, option) in placement.Quantizers.Zip(choices.Activations))
            Assert.AreEqual(quantizer.Tensors.Contains(expected) ? QuantizerMode.Asymmetric : QuantizerMode.Symmetric, option.Mode, quantizer.Tensors[0]);
        Assert.IsEmpty(choices.Warnings);
    }

    [TestMethod]
    [DataRow("w2", "c2")]
    [DataRow("c2/fq_weights_1", "c2")]
    [DataRow("tied", "c1 c3")]
    [DataRow("c3/fq_weights_1", "c3")]
    public void Weights_OfAnyName_AloneAreAsWished(string name, string layers)
    {
        var model = FusionTests.Residual().Random("tied", 32, 32, 3, 3).Edit(m => (m.Graph.Node[0].Input[1], m.Graph.Node[^1].Input[1]) = ("tied", "tied"));
        var settings = With((name, QuantizerSettings.None with { Granularity = new("pertensor", Place), LevelLow = new(-8, Place), LevelHigh = new(7, Place) }));
        var written = new QuantizedTestModel(model, settings).Written();

        foreach (var layer in (string[])["c1", "c2", "c3"])
        {
            written.Graph.TryGetConstant(written.Graph.Producer(written.Graph.Nodes.Single(n => n.Name == layer).Input[1])!.Input[0], out var stored);
            written.Graph.TryGetConstant(written.Graph.Producer(written.Graph.Nodes.Single(n => n.Name == layer).Input[1])!.Input[1], out var scales);
            var isMeant = layers.Split(' ').Contains(layer);
            Assert.AreEqual(isMeant ? 7 : 127, stored!.ToInt64s().Max(Math.Abs), $"{layer}: 16 levels, symmetric: 7 on each side");
            Assert.AreEqual(isMeant ? 1 : 32, scales!.Length(), layer);
        }
    }

    /// <summary>The extremes of what a session gives of r1, in place of the mean of the samples' largest values.</summary>
    [TestMethod]
    public void RangeEstimator_OfOneTensor_DecidesItsScaleAlone()
    {
        var (model, plain) = (new QuantizedTestModel(FusionTests.Residual(), With(("r1", QuantizerSettings.None with { RangeEstimator = new(new("minmax", Place), null, null) }))), new QuantizedTestModel(FusionTests.Residual()));
        using var session = ModelSession.Create(FusionTests.Residual().Output("r1").Build().ToBytes(), "float", TestRuns.Plain);
        var largest = Enumerable.Range(0, model.Samples.Count).Select(i => session.Run(model.Samples.Load(i).Inputs)["r1"].As<float>().Max()).ToArray();

        Assert.AreEqual(largest.Max() / 255, Scale(model, "r1"), 1e-6);
        Assert.AreEqual(largest.Average() / 255, Scale(plain, "r1"), 1e-6);
        foreach (var other in (string[])["x", "r2", "t2"])
            Assert.AreEqual(Scale(plain, other), Scale(model, other), other);
    }

    /// <summary>Histograms are collected for the tensor that needs one, and for no other.</summary>
    [TestMethod]
    public void RangeEstimator_OfAllValuesTogether_IsObservedWhereItIsWished()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), With(("r1", QuantizerSettings.None with { RangeEstimator = new(new("mse", Place), null, null) })));

        Assert.IsNotNull(model.Statistics["r1"].Histogram);
        Assert.IsNull(model.Statistics["x"].Histogram);
        Assert.AreNotEqual(Scale(new QuantizedTestModel(FusionTests.Residual()), "r1"), Scale(model, "r1"));
    }

    /// <summary>A field that a quantizer has no wish of its own for is that of all.</summary>
    [TestMethod]
    public void Own_WithoutAField_HasThatOfAll()
    {
        var settings = With(("r1", QuantizerSettings.None with { Bits = new(16, Place) }));
        settings = settings with { Quantization = settings.Quantization with { Activations = Asymmetric } };
        var placement = Placed(settings);
        var choices = QuantizerChoices.Of(placement, settings);
        var index = placement.Quantizers.ToList().FindIndex(q => q.Tensors.Contains("r1"));

        Assert.AreEqual((16, QuantizerMode.Asymmetric), (choices.Activations[index].Bits, choices.Activations[index].Mode));
        Assert.IsTrue(choices.Activations.Where((_, i) => i != index).All(o => o.Bits == 8));
        Assert.AreEqual(Place, choices.Warnings.Single().Position, "x64 computes 16 bits in float");
    }

    [TestMethod]
    [DataRow("r11", "Did you mean 'r1'?")]
    [DataRow("c2/fq_input_1", "has no tensor", DisplayName = "the second input is weights")]
    [DataRow("c2/fq_input_7", "has no tensor")]
    [DataRow("c2/fq_input_-1", "has no tensor")]
    [DataRow("c9/fq_weights_1", "has no tensor")]
    [DataRow("c2", "has no tensor", DisplayName = "an operator is no quantizer")]
    public void Name_OfNothing_IsAnErrorAtItsPlace(string name, string message)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => Placed(With((name, Asymmetric)))).Diagnostics.Single();

        Assert.AreEqual((DiagnosticCodes.UnknownName, Place), (error.Code, error.Position!.Value));
        StringAssert.Contains(error.Message, message);
    }

    [TestMethod]
    [DataRow("r1", "c2/fq_input_0")]
    [DataRow("w2", "c2/fq_weights_1")]
    public void Name_OfWhatWasNamedBefore_IsAnError(string first, string second)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => Placed(With((first, Asymmetric), (second, Asymmetric)))).Diagnostics.Single();

        Assert.AreEqual((DiagnosticCodes.ConflictingKeys, Place), (error.Code, error.Position!.Value));
    }

    [TestMethod]
    public void Aggregator_OfWeights_IsAnError()
    {
        var estimator = new RangeEstimatorSettings(null, null, new RangeBorderSettings(null, new("mean", Place), null, null, null));
        Assert.AreEqual(DiagnosticCodes.ConflictingKeys, Assert.ThrowsExactly<QuantizeException>(() => Placed(With(("w1", QuantizerSettings.None with { RangeEstimator = estimator })))).Diagnostics.Single().Code);
    }

    [TestMethod]
    [DataRow("t1", DisplayName = "a value in front of a fused Relu")]
    [DataRow("w1", DisplayName = "weights of a layer in float")]
    public void Name_OfWhatIsNotQuantized_IsAWarning(string name)
    {
        var settings = With((name, Asymmetric));
        settings = settings with { Quantization = settings.Quantization with { Ignored = IgnoredOperators.None with { Scope = [new("c1", Place)] } } };

        var warning = QuantizerChoices.Of(Placed(settings), settings).Warnings.Single();

        Assert.AreEqual((DiagnosticCodes.NothingToCorrect, DiagnosticSeverity.Warning, Place), (warning.Code, warning.Severity, warning.Position!.Value));
    }

    private static float Scale(QuantizedTestModel model, string tensor) =>
        model.Variants.Scales(Configuration.FullyQuantized)[model.Placement.Quantizers.ToList().FindIndex(q => q.Tensors.Contains(tensor))].Scale;

    private static QuantizerPlacement Placed(CompressionSettings settings) => QuantizerPlacement.Place(ModelPreparation.Prepare(FusionTests.Residual().Build()), settings);

    private static CompressionSettings With(params (string Name, QuantizerSettings Settings)[] configs) =>
        Settings.With(q => q with { Preset = null, Weights = QuantizerSettings.None, LayerwiseConfigs = [.. configs.Select(c => new LayerwiseConfig(new(c.Name, Place), c.Settings))] });
}
