using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class HalfRangeLayersTests
{
    [TestMethod]
    public void FirstConvolutions_OneInput_IsOne() => CollectionAssert.AreEqual(new[] { "c1" }, HalfRangeLayers.FirstConvolutions(FusionTests.Residual().Build().Graph).ToArray());

    /// <summary>One for each of three inputs, through activation functions, products and convolutions with groups, and none behind another.</summary>
    [TestMethod]
    public void FirstConvolutions_ThreeInputs_AreOneEach()
    {
        var model = TestModels.Opset(13).Input("a", 1, 32, 8, 8).Input("b", 1, 32, 8, 8).Input("c", 1, 32, 8, 8).Random("w", 32, 32, 3, 3).Random("d", 32, 1, 3, 3).Random("m", 8, 8)
            .Named("ca", "Conv", ["a", "w"], ["a1"], FusionTests.Pads).Named("behind", "Conv", ["a1", "w"], ["a2"], FusionTests.Pads)
            .Named("relu", "Relu", ["b"], ["b1"]).Named("depthwise", "Conv", ["b1", "d"], ["b2"], n => n.With("group", 32L).With("pads", 1, 1, 1, 1)).Named("cb", "Conv", ["b2", "w"], ["b3"], FusionTests.Pads)
            .Named("product", "MatMul", ["c", "m"], ["c1"]).Named("cc", "Conv", ["c1", "w"], ["c2"], FusionTests.Pads)
            .Output("a2").Output("b3").Output("c2").Build();

        CollectionAssert.AreEquivalent(new[] { "ca", "cb", "cc" }, HalfRangeLayers.FirstConvolutions(model.Graph).ToArray());
    }

    [TestMethod]
    public void FirstConvolutions_InputReadTwice_AreBoth() => CollectionAssert.AreEqual(
        new[] { "c1", "c2" }, HalfRangeLayers.FirstConvolutions(FusionTests.Image(32).Random("w", 32, 32, 3, 3).Named("c1", "Conv", ["x", "w"], ["a"]).Named("c2", "Conv", ["x", "w"], ["b"]).Output("a").Output("b").Build().Graph).ToArray());

    /// <summary>On c1, c2 and c3 of the residual network, of which alignment rescaled c3.</summary>
    [TestMethod]
    [DataRow("CPU", "FirstLayer", "c1 c3")]
    [DataRow("CPU", "All", "c1 c2 c3")]
    [DataRow("CPU", "No", "")]
    [DataRow("CPU", null, "", DisplayName = "not given, on processors that do not saturate")]
    [DataRow("ANY", null, "")]
    [DataRow("x64", null, "c1 c3", DisplayName = "not given, where products saturate: POT's default")]
    [DataRow("x64", "No", "")]
    [DataRow("GPU", "All", "", DisplayName = "POT has it for CPUs")]
    [DataRow("arm64", "All", "")]
    public void Find_EachFix_HasItsLayers(string device, string? fix, string expected)
    {
        var settings = With(device, fix);
        var placement = QuantizerPlacement.Place(ModelPreparation.Prepare(FusionTests.Residual().Build()), settings with { TargetDevice = new("CPU", Settings.Position) });
        var found = HalfRangeLayers.Find(FusionTests.Residual().Build().Graph, placement.Layers, ImmutableSortedSet.Create(StringComparer.Ordinal, "c3"), settings);

        Assert.AreEqual(expected, string.Join(' ', found.Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    [DataRow("CPU", "FirstLayer", true, null)]
    [DataRow("CPU", "All", false, "one has none")]
    [DataRow("GPU", "All", true, "do not saturate on 'GPU'")]
    [DataRow("GPU", "No", true, null)]
    [DataRow("GPU", null, true, null)]
    public void Warning_OfAFixThatDoesNothing_SaysWhy(string device, string? fix, bool hasConvolution, string? message)
    {
        var graph = (hasConvolution ? FusionTests.Residual() : TestModels.Opset(13).Input("x", 1, 4).Random("w", 4, 4).Named("m", "MatMul", ["x", "w"], ["y"]).Output("y")).Build().Graph;
        var warning = HalfRangeLayers.Warning(graph, With(device, fix));

        if (message is null)
            Assert.IsNull(warning);
        else
            StringAssert.Contains(warning!.Message, message);
        Assert.IsTrue(warning is null || (warning.Code, warning.Position) == (DiagnosticCodes.DeviceCannot, Settings.Position));
    }

    [TestMethod]
    public void Find_ModelWithoutConvolutions_HasNone()
    {
        var builder = TestModels.Opset(13).Input("x", 64, 32).Random("w", 32, 32).Named("m", "MatMul", ["x", "w"], ["y"]).Output("y");
        var placement = QuantizerPlacement.Place(ModelPreparation.Prepare(builder.Build()), Settings.Of());

        Assert.HasCount(1, placement.Layers);
        Assert.IsEmpty(HalfRangeLayers.Find(builder.Build().Graph, placement.Layers, [], With("CPU", "All")));
    }

    /// <summary>What is written: the fixed layer's integers within [-64, 64] with twice the scale, the others as they were.</summary>
    [TestMethod]
    public void Quantize_FirstLayer_HalvesItsIntegers()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        var (plain, written) = (model.Written().Graph, OnnxModel.Parse(DefaultQuantization.Quantize(model.Calibrated, With("CPU", "FirstLayer"), model.Passes).Build(Configuration.FullyQuantized), "m").Graph);
        foreach (var layer in (string[])["c1", "c2", "c3"])
        {
            var (before, after) = ((Integers(plain, layer), Scales(plain, layer)), (Integers(written, layer), Scales(written, layer)));
            if (layer == "c1")
            {
                Assert.AreEqual((64L, 127L), (after.Item1.Max(Math.Abs), before.Item1.Max(Math.Abs)));
                CollectionAssert.AreEqual(before.Item2.Select(s => s * 2).ToArray(), after.Item2);
            }
            else
            {
                CollectionAssert.AreEqual(before.Item1, after.Item1);
                CollectionAssert.AreEqual(before.Item2, after.Item2);
            }
        }
    }

    private static long[] Integers(OnnxGraph graph, string layer) => graph.TryGetConstant($"{layer}/weights", out var value) ? value.ToInt64s() : throw new InvalidOperationException(layer);

    private static float[] Scales(OnnxGraph graph, string layer) => graph.TryGetConstant($"{layer}/weights/scale", out var value) ? value.ToFloats() : throw new InvalidOperationException(layer);

    private static CompressionSettings With(string device, string? fix)
    {
        var settings = Settings.Of();
        return settings with
        {
            TargetDevice = new(device, Settings.Position),
            Quantization = settings.Quantization with { SaturationFix = fix is null ? null : new(Enum.Parse<SaturationFix>(fix), Settings.Position) },
        };
    }
}
