using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Scaling;

[TestClass]
public sealed class QuantizerChoicesTests
{
    /// <summary>Presets on menus with everything, as POT's hardware configurations of the VPU have it.</summary>
    private const string Everything = """
        activations: [{ bits: 8, mode: symmetric, granularity: pertensor }, { bits: 8, mode: asymmetric, granularity: pertensor }]
        weights: [{ bits: 8, mode: symmetric, granularity: perchannel, level_low: -127, level_high: 127 }, { bits: 8, mode: asymmetric, granularity: perchannel }]
        """;

    [TestMethod]
    [DataRow("performance", "Symmetric", "Symmetric")]
    [DataRow("mixed", "Symmetric", "Asymmetric")]
    [DataRow("accuracy", "Asymmetric", "Asymmetric")]
    public void Of_Preset_ChoosesTheModes(string preset, string weights, string activations)
    {
        var choices = Choose(Everything, q => q with { Preset = new(preset, Settings.Position) });

        Assert.IsTrue(choices.Weights.Values.All(o => o.Mode.ToString() == weights && o.Granularity == QuantizerGranularity.PerChannel));
        Assert.IsTrue(choices.Activations.All(o => o.Mode.ToString() == activations));
        Assert.IsEmpty(choices.Warnings);
    }

    [TestMethod]
    public void Of_ModesThatAreGiven_AreStrongerThanThePreset()
    {
        var choices = Choose(Everything, q => q with
        {
            Preset = new("mixed", Settings.Position),
            Weights = QuantizerSettings.None with { Mode = new("asymmetric", Settings.Position) },
            Activations = QuantizerSettings.None with { Mode = new("symmetric", Settings.Position) },
        });

        Assert.IsTrue(choices.Weights.Values.All(o => o.Mode == QuantizerMode.Asymmetric));
        Assert.IsTrue(choices.Activations.All(o => o.Mode == QuantizerMode.Symmetric));
        Assert.IsEmpty(choices.Warnings);
    }

    [TestMethod]
    [DataRow("mode", "asymmetric", "'mine' has no kernels for weights with mode 'asymmetric'; 'symmetric' is used.")]
    [DataRow("bits", "16", "'mine' has no kernels for weights with bits '16'; '8' is used.")]
    public void Of_WeightsThatTheDeviceCannotDo_AreAWarningWithWhatIsUsed(string field, string value, string message)
    {
        var choices = Choose("weights: [{ bits: 8, mode: symmetric, granularity: perchannel, level_low: -127, level_high: 127 }]", q => q with { Weights = Wish(field, value) });

        var warning = choices.Warnings.Single();
        Assert.AreEqual((DiagnosticCodes.DeviceCannot, DiagnosticSeverity.Warning, message, Settings.Position), (warning.Code, warning.Severity, warning.Message, warning.Position!.Value));
        Assert.AreEqual(new QuantizerOption(8, QuantizerMode.Symmetric, QuantizerGranularity.PerChannel, -127, 127), choices.Weights.Values.Distinct().Single());
    }

    /// <summary>With several zero points the runtime's depthwise kernel is many times slower.</summary>
    [TestMethod]
    public void Of_AsymmetricDepthwiseWeights_StaySymmetricWithAWarning()
    {
        var placement = QuantizerPlacement.Place(ModelPreparation.Prepare(FusionTests.Image(64).Random("wd", 64, 1, 3, 3).Random("w", 64, 64, 3, 3)
            .Named("depthwise", "Conv", ["x", "wd"], ["t"], n => n.With("group", 64L).With("pads", 1, 1, 1, 1)).Named("conv", "Conv", ["t", "w"], ["y"], FusionTests.Pads).Output("y").Build()), Settings.Of());
        var settings = Settings.Of();
        var choices = QuantizerChoices.Of(placement, settings with { Quantization = settings.Quantization with { Weights = Wish("mode", "asymmetric") } });

        Assert.AreEqual((QuantizerMode.Symmetric, QuantizerMode.Asymmetric), (choices.Weights["depthwise"].Mode, choices.Weights["conv"].Mode));
        StringAssert.Contains(choices.Warnings.Single().Message, "'symmetric' is used");
    }

    [TestMethod]
    [DataRow("granularity", "perchannel", "no kernels for activations with granularity 'perchannel'; 'pertensor' is used.")]
    [DataRow("level_high", "63", "no kernels for activations with 192 levels; 256 are used.")]
    public void Of_ActivationsThatTheDeviceCannotDo_AreAWarningWithWhatIsUsed(string field, string value, string message)
    {
        var choices = Choose("", q => q with { Activations = Wish(field, value) });

        StringAssert.Contains(choices.Warnings.Single().Message, message);
        Assert.AreEqual(new QuantizerOption(8, QuantizerMode.Symmetric, QuantizerGranularity.PerTensor), choices.Activations.Distinct().Single());
    }

    /// <summary>The device's own way of 16 bits, simulated or not at all.</summary>
    [TestMethod]
    [DataRow("int16: native", 16, "")]
    [DataRow("int16: simulated", 16, "computed with in float")]
    [DataRow("int16: none", 8, "no kernels for activations with bits '16'; '8' is used.")]
    public void Of_SixteenBitActivations_AreWhatTheDeviceCanDo(string device, int bits, string warning)
    {
        var choices = Choose(device, q => q with { Activations = Wish("bits", "16") });

        Assert.IsTrue(choices.Activations.All(o => o.Bits == bits));
        Assert.AreEqual(bits == 16 ? QuantizedType.UInt16 : QuantizedType.UInt8, choices.TypeOf(0));
        if (warning.Length == 0)
            Assert.IsEmpty(choices.Warnings);
        else
            StringAssert.Contains(choices.Warnings.Single().Message, warning);
    }

    [TestMethod]
    public void Of_PresetThatTheDeviceCannotDo_IsAWarning()
    {
        var choices = Choose("activations: [{ bits: 8, mode: symmetric, granularity: pertensor }]", q => q with { Preset = new("mixed", Settings.Position) });

        Assert.IsTrue(choices.Activations.All(o => o.Mode == QuantizerMode.Symmetric));
        StringAssert.Contains(choices.Warnings.Single().Message, "The preset 'mixed' asks for asymmetric activations");
    }

    [TestMethod]
    public void Of_FewerLevelsForWeights_AreTaken()
    {
        var choices = Choose("", q => q with { Weights = Wish("level_low", "-64") with { LevelHigh = new(63, Settings.Position) } });

        Assert.IsEmpty(choices.Warnings);
        Assert.AreEqual((-64, 63), (choices.Weights["c1"].LevelLow!.Value, choices.Weights["c1"].LevelHigh!.Value));
    }

    [TestMethod]
    public void Of_SignedDevice_StoresActivationsSigned()
    {
        Assert.AreEqual(QuantizedType.Int8, Choose("unsigned_activations: false", q => q).TypeOf(0));
        Assert.AreEqual(QuantizedType.Int16, Choose("unsigned_activations: false\nint16: native", q => q with { Activations = Wish("bits", "16") }).TypeOf(0));
    }

    [TestMethod]
    [DataRow("mode", "asymmetric", true, "symmetric int8 with a scale for each channel")]
    [DataRow("mode", "symmetric", true, null)]
    [DataRow("granularity", "pertensor", true, "symmetric int8 with a scale for each channel")]
    [DataRow("bits", "8", true, null)]
    [DataRow("level_low", "-8", true, "symmetric int8 with a scale for each channel")]
    [DataRow("mode", "symmetric", false, "activations stay in float")]
    public void Of_WishesWithoutEffectOnStoredWeights_AreWarnings(string field, string value, bool isWeight, string? message)
    {
        var settings = Settings.Of();
        settings = settings with
        {
            Quantization = settings.Quantization with
            {
                WeightsOnly = true,
                Weights = isWeight ? Wish(field, value) : QuantizerSettings.None,
                Activations = isWeight ? QuantizerSettings.None : Wish(field, value),
            },
        };
        var choices = QuantizerChoices.Of(QuantizerPlacement.Place(ModelPreparation.Prepare(FusionTests.Residual().Build()), settings), settings);

        if (message is null)
            Assert.IsEmpty(choices.Warnings);
        else
            StringAssert.Contains(choices.Warnings.Single().Message, message);
    }

    /// <summary>POT: with model_type transformer the product of two activations reads symmetric ones, whatever the preset; other quantizers follow it.</summary>
    [TestMethod]
    public void Of_ProductOfActivationsInATransformer_ReadsSymmetricOnes()
    {
        var placement = Place();
        var product = new QuantizedLayer { Name = "attention", OperatorType = "MatMul", Nodes = ["attention"], Inputs = ["q", "k"], Output = "s", NeedsQuantizedOutput = true, KeepsFloatBias = false };
        placement = placement with { Layers = placement.Layers.Add(product), Quantizers = placement.Quantizers.Add(new ActivationQuantizer(["q"], ["q"])) };
        foreach (var modelType in (string?[])["transformer", null])
        {
            var choices = QuantizerChoices.Of(placement, Settings.Of("mixed", modelType: modelType));

            Assert.AreEqual(modelType is null ? QuantizerMode.Asymmetric : QuantizerMode.Symmetric, choices.Activations[^1].Mode);
            Assert.AreEqual(QuantizerMode.Asymmetric, choices.Activations[0].Mode);
            Assert.IsEmpty(choices.Warnings);
        }
    }

    /// <summary>What reads one tensor agrees on it: r1 is read by a Conv and by an Add.</summary>
    [TestMethod]
    public void Of_ReadersWithDifferentMenus_AgreeOnTheWeakerForm()
    {
        const string asymmetricAdd = "operators: { Add: { kind: rescaling, activations: [{ bits: 8, mode: asymmetric, granularity: pertensor }] } }";
        var choices = Choose(asymmetricAdd, q => q);
        var placement = Place();

        for (var i = 0; i < placement.Quantizers.Length; i++)
            Assert.AreEqual(placement.Quantizers[i].Tensors.Any(t => t is "r1" or "t2") ? QuantizerMode.Asymmetric : QuantizerMode.Symmetric, choices.Activations[i].Mode, placement.Quantizers[i].Tensors[0]);
    }

    [TestMethod]
    public void Of_ReadersWithNothingInCommon_IsAnErrorThatNamesThem()
    {
        const string wideAdd = "operators: { Add: { kind: rescaling, activations: [{ bits: 16, mode: symmetric, granularity: pertensor }] } }";
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Choose(wideAdd, q => q));

        Assert.AreEqual(DiagnosticCodes.DeviceCannot, thrown.Diagnostics.Single().Code);
        StringAssert.Contains(thrown.Message, "'add'");
    }

    private static QuantizerSettings Wish(string field, string value) => field switch
    {
        "bits" => QuantizerSettings.None with { Bits = new(int.Parse(value), Settings.Position) },
        "mode" => QuantizerSettings.None with { Mode = new(value, Settings.Position) },
        "granularity" => QuantizerSettings.None with { Granularity = new(value, Settings.Position) },
        "level_low" => QuantizerSettings.None with { LevelLow = new(int.Parse(value), Settings.Position) },
        _ => QuantizerSettings.None with { LevelHigh = new(int.Parse(value), Settings.Position) },
    };

    private static QuantizerPlacement Place() => QuantizerPlacement.Place(ModelPreparation.Prepare(FusionTests.Residual().Build()), Settings.Of());

    private static QuantizerChoices Choose(string device, Func<DefaultQuantizationParameters, DefaultQuantizationParameters> edit)
    {
        var name = device.Length == 0 ? "x64-vnni" : "mine";
        var profile = device.Length == 0 ? DeviceCatalogue.Find(new(name, Settings.Position)) : DeviceFile.Read(name, $"name: mine\ninherits: x64-vnni\ndescription: Mine.\n{device}\n", DeviceNames.TextOf);
        var settings = Settings.Of();
        return QuantizerChoices.Of(Place(), settings with { Quantization = edit(settings.Quantization with { Preset = null, Weights = QuantizerSettings.None }) }, profile);
    }
}
