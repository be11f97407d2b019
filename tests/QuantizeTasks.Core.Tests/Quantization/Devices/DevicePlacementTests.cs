using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization.Writing;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization.Devices;

/// <summary>What a device's file says shows in what is quantized and how it is written.</summary>
[TestClass]
public sealed class DevicePlacementTests
{
    private static IEnumerable<string> All => DeviceNames.All;

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Quantize_EveryDevice_WritesAModelThatTheCpuProviderRunsAccurately(string device)
    {
        var model = new QuantizedTestModel(Network(), On(device));
        Assert.IsNotEmpty(model.Placement.Layers);
        Assert.IsLessThan(0.08, model.RelativeError(Configuration.FullyQuantized));
    }

    [TestMethod]
    [DataRow("x64-vnni", "UINT8")]
    [DataRow("x64", "UINT8")]
    [DataRow("CPU_SPR", "UINT8")]
    [DataRow("arm64", "INT8")]
    [DataRow("GPU", "INT8")]
    [DataRow("tensorrt", "INT8")]
    [DataRow("VPU", "UINT8")]
    [DataRow("NPU", "UINT8")]
    [DataRow("GNA", "INT16")]
    [DataRow("GNA3", "INT8")]
    [DataRow("GNA3.5", "INT8")]
    [DataRow("qnn", "UINT8")]
    public void Quantize_Activations_HaveTheDevicesType(string device, string type)
    {
        foreach (var zeroPoint in ActivationZeroPoints(device, "performance"))
            Assert.AreEqual(type, ((DataType)zeroPoint.DataType).ToString().ToUpperInvariant(), zeroPoint.Name);
    }

    [TestMethod]
    [DataRow("qnn", "UINT16")]
    [DataRow("GNA3", "INT16")]
    [DataRow("x64-vnni", "UINT8")]
    public void Quantize_PresetForAccuracy_TakesTheLastOfTheMenu(string device, string type)
    {
        foreach (var zeroPoint in ActivationZeroPoints(device, "mixed"))
            Assert.AreEqual(type, ((DataType)zeroPoint.DataType).ToString().ToUpperInvariant(), zeroPoint.Name);
    }

    /// <summary>GNA takes weights of 8 bits, and of 16 for accuracy.</summary>
    [TestMethod]
    [DataRow("GNA")]
    [DataRow("GNA3.5")]
    public void Quantize_GnaForAccuracy_StoresWeightsIn16Bits(string device)
    {
        QuantizedTestModel Model(string preset)
        {
            var settings = On(device, preset);
            return new(Network(), settings with { Quantization = settings.Quantization with { Weights = QuantizerSettings.None } });
        }

        static TensorProto[] Weights(QuantizedTestModel model) => [.. model.Written().Graph.Initializers.Where(i => i.Name.EndsWith("/weights", StringComparison.Ordinal))];
        var (fast, accurate) = (Model("performance"), Model("accuracy"));
        var (int8, int16) = (Weights(fast), Weights(accurate));
        Assert.IsNotEmpty(int8);
        Assert.IsTrue(int8.All(w => w.DataType == (int)DataType.Int8));
        Assert.IsTrue(int16.Length == int8.Length && int16.All(w => w.DataType == (int)DataType.Int16));
        Assert.IsLessThan(0.005, accurate.RelativeError(Configuration.FullyQuantized), "what is left is what the mean of maxima clips");

        // One scale for all: the largest magnitude is 32767 unless sums would leave 32 bits then, and the others follow by plain rounding.
        var (sums, isWidened) = (LargestProducts(accurate), false);
        foreach (var layer in accurate.Placement.Layers.Where(l => l.Weights is not null))
        {
            var values = accurate.Prepared.Model.Graph.Initializers.Single(i => i.Name == layer.Weights!.Tensor).ToFloats();
            var stored = int16.Single(w => w.Name.StartsWith(layer.Name + "/", StringComparison.Ordinal)).ToInt64s();
            var inputScale = accurate.Written().Graph.Initializers.Single(i => i.Name == $"{accurate.Placement.Quantizers.Single(q => q.Tensors.Contains(layer.Inputs[0])).Sources[0]}/scale").ToFloats().Single();
            var fits = values.Max(Math.Abs) / 32767f;
            var step = Math.Max(fits, (float)(sums[layer.Name] / ((double)inputScale * int.MaxValue)));
            isWidened |= step > fits;
            Assert.IsLessThanOrEqualTo(int.MaxValue, sums[layer.Name] / ((double)inputScale * step) * 0.999999);
            // Another session's largest sum may differ in its last bit.
            foreach (var (value, integer) in values.Zip(stored))
                Assert.AreEqual((long)Math.Round((double)value / step, MidpointRounding.ToEven), integer, step > fits ? 1 : 0, layer.Name);
        }
        Assert.IsTrue(isWidened, "or nothing of that is tested");
    }

    /// <summary>The largest magnitude that each layer's operator gives on the calibration samples, from the float model with these tensors as outputs.</summary>
    private static Dictionary<string, double> LargestProducts(QuantizedTestModel model)
    {
        var open = model.Prepared.Model.Clone();
        var tensors = model.Placement.Layers.Where(l => l.Weights is not null).ToDictionary(l => l.Name, l => open.Graph.Nodes.Single(n => n.Name == l.Name).Output[0]);
        foreach (var tensor in tensors.Values.Except(open.Graph.Outputs).ToArray())
            open.Graph.Proto.Output.Add(new ValueInfoProto { Name = tensor, Type = open.Graph.Proto.Output[0].Type.Clone() });
        foreach (var output in open.Graph.Proto.Output)
            output.Type.TensorType.Shape = null;
        using var session = ModelSession.Create(open.ToBytes(), "open", TestRuns.Plain);
        var runs = Enumerable.Range(0, model.Samples.Count).Select(i => session.Run(model.Samples.Load(i).Inputs)).ToArray();
        return tensors.ToDictionary(t => t.Key, t => runs.Max(run => run[t.Value].As<float>().Max(v => Math.Abs((double)v))));
    }

    [TestMethod]
    [DataRow("GPU")]
    [DataRow("tensorrt")]
    [DataRow("GNA3")]
    public void Quantize_SignedDevice_HasZeroPointsOfZeroAlsoAfterRelu(string device)
    {
        foreach (var zeroPoint in ActivationZeroPoints(device, "performance"))
            Assert.IsTrue(Stored(zeroPoint) == 0, $"{zeroPoint.Name} is not 0");
        // On ARM the runtime drops a Relu in front of a quantizer only when the range begins at its lowest integer.
        Assert.IsTrue(ActivationZeroPoints("arm64", "performance").Any(z => Stored(z) == -128));
    }

    [TestMethod]
    [DataRow("GPU", true)]
    [DataRow("VPU", true)]
    [DataRow("x64-vnni", false)]
    [DataRow("tensorrt", false)]
    [DataRow("GNA", false)]
    public void Place_ElementwiseDivision_IsQuantizedWhereTheDeviceHasIt(string device, bool isQuantized)
    {
        var placement = Place(Elementwise("Div"), device);
        Assert.AreEqual(isQuantized, placement.Layers.Any(l => l.Name == "e"));
        Assert.AreEqual(!isQuantized, placement.FloatReasons.ContainsKey("e"));
    }

    [TestMethod]
    [DataRow("VPU", true)]
    [DataRow("NPU", true)]
    [DataRow("GPU", false)]
    [DataRow("x64-vnni", false)]
    public void Place_Addition_SharesOneScaleWhereTheDeviceUnifies(string device, bool isShared)
    {
        var placement = Place(Elementwise("Add"), device);
        var quantizers = placement.Quantizers.Where(q => q.Tensors.Contains("a") || q.Tensors.Contains("b")).ToArray();
        Assert.HasCount(isShared ? 1 : 2, quantizers);
        if (isShared)
            CollectionAssert.AreEquivalent(new[] { "a", "b" }, quantizers[0].Sources);
    }

    [TestMethod]
    public void Place_OutputsOfLayers_AreQuantizedOnlyWhereKernelsGiveIntegers()
    {
        Assert.IsTrue(Place(FusionTests.Residual(), "x64-vnni").Layers.Single(l => l.Name == "c1").NeedsQuantizedOutput);
        Assert.IsTrue(Place(FusionTests.Residual(), "qnn").Layers.Single(l => l.Name == "c1").NeedsQuantizedOutput);
        Assert.IsFalse(Place(FusionTests.Residual(), "GPU").Layers.Single(l => l.Name == "c1").NeedsQuantizedOutput);
        Assert.IsFalse(Place(FusionTests.Residual(), "GPU").Quantizers.SelectMany(q => q.Tensors).Contains("y"), "an output that nobody reads in int8");
    }

    [TestMethod]
    [DataRow("tensorrt", false)]
    [DataRow("qnn", true)]
    [DataRow("x64-vnni", true)]
    public void Quantize_Biases_AreIntegersWhereTheDeviceTakesThem(string device, bool isInteger)
    {
        var written = new QuantizedTestModel(Network(), On(device)).Written();
        Assert.AreEqual(isInteger, written.Graph.Proto.Initializer.Any(i => i.DataType == (int)DataType.Int32));
    }

    [TestMethod]
    public void Place_DeviceWithoutCosts_QuantizesWhatX64LeavesInFloat()
    {
        // A lone depthwise convolution gains nothing on x64 but is quantized where no costs say so.
        var builder = FusionTests.Image(512).Random("w", 512, 1, 3, 3).Named("tanh", "Tanh", ["x"], ["h"]).Named("dw", "Conv", ["h", "w"], ["t"], n => n.With("group", 512L).With("pads", 1, 1, 1, 1)).Node("Tanh", ["t"], ["y"]).Output("y");
        Assert.IsEmpty(Place(builder, "x64-vnni", Preference.Speed).Layers);
        Assert.IsTrue(Place(builder, "x64-vnni", Preference.Speed).PaysNowhere);
        Assert.Contains("dw", Place(builder, "GPU", Preference.Speed).Layers.Select(l => l.Name));
    }

    [TestMethod]
    public void Place_X64WithoutVnni_PaysLess()
    {
        var (vnni, plain) = (Place(Network(), "x64-vnni").Prediction!, Place(Network(), "x64").Prediction!);
        Assert.IsGreaterThan(vnni.Int8, plain.Int8);
        Assert.AreEqual(vnni.Float, plain.Float);
    }

    private static TensorProto[] ActivationZeroPoints(string device, string preset)
    {
        var graph = new QuantizedTestModel(Network(), On(device, preset)).Written().Graph;
        var quantizers = graph.Nodes.Where(n => n.OpType == "QuantizeLinear").ToArray();
        Assert.IsNotEmpty(quantizers, $"nothing is quantized on {device}");
        return [.. quantizers.Select(n => graph.TryGetConstant(n.Input[2], out var zeroPoint) ? zeroPoint : throw new InvalidOperationException(n.Name))];
    }

    // Integers narrower than 32 bits are bytes in little endian order, or widened (onnx.proto).
    private static int Stored(TensorProto zeroPoint) => zeroPoint.Int32Data.Count > 0 ? zeroPoint.Int32Data[0] : (DataType)zeroPoint.DataType switch
    {
        DataType.Int8 => (sbyte)zeroPoint.RawData[0],
        DataType.Int16 => BitConverter.ToInt16(zeroPoint.RawData.Span),
        _ => throw new InvalidOperationException(zeroPoint.Name),
    };

    private static QuantizerPlacement Place(TestModels builder, string device, Preference prefer = Preference.Size) =>
        QuantizerPlacement.Place(ModelPreparation.Prepare(builder.Build()), On(device, prefer: prefer));

    private static CompressionSettings On(string device, string preset = "performance", Preference prefer = Preference.Size) => Settings.Of(preset) with { TargetDevice = new Located<string>(device, Settings.Position), Prefer = prefer };

    private static TestModels Elementwise(string type) => FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("w3", 32, 32, 3, 3)
        .Named("c1", "Conv", ["x", "w1"], ["a"], FusionTests.Pads).Named("c2", "Conv", ["x", "w2"], ["b"], FusionTests.Pads).Named("e", type, ["a", "b"], ["s"])
        .Named("c3", "Conv", ["s", "w3"], ["y"], FusionTests.Pads).Output("y");

    private static TestModels Network() => TestModels.Opset(13).Input("x", 1, 3, 32, 32).Random("w1", 32, 3, 3, 3).Random("b1", 32).Random("w2", 32, 32, 3, 3).Random("b2", 32).Random("w3", 32, 32, 3, 3).Random("b3", 32)
        .Random("wg", 32, 10).Random("bg", 10)
        .Named("c1", "Conv", ["x", "w1", "b1"], ["t1"], FusionTests.Pads).Named("relu1", "Relu", ["t1"], ["r1"])
        .Named("pool", "MaxPool", ["r1"], ["p1"], n => n.With("kernel_shape", 2, 2).With("strides", 2, 2))
        .Named("c2", "Conv", ["p1", "w2", "b2"], ["t2"], FusionTests.Pads).Named("relu2", "Relu", ["t2"], ["r2"]).Named("c3", "Conv", ["r2", "w3", "b3"], ["t3"], FusionTests.Pads)
        .Named("add", "Add", ["t3", "p1"], ["s"]).Named("gap", "GlobalAveragePool", ["s"], ["g"]).Named("flatten", "Flatten", ["g"], ["f"])
        .Named("classes", "Gemm", ["f", "wg", "bg"], ["y"]).Output("y");
}
