using QuantizeTasks.Inference;
using QuantizeTasks.Inference.Emulation;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>LSTM in ONNX Runtime's int8 kernel, DynamicQuantizeLSTM.</summary>
[TestClass]
public sealed class RecurrentTests
{
    private const int Steps = 7;
    private const int Inputs = 40;
    private const int Hidden = 48;

    /// <summary>What the kernel gives is what its definition says, in scalar arithmetic; and it is not simply the float result.</summary>
    [TestMethod]
    [DataRow("forward")]
    [DataRow("reverse")]
    [DataRow("bidirectional")]
    public void Written_ComputesAsItsDefinitionSays(string direction)
    {
        var model = new QuantizedTestModel(Network(direction), Size);
        var graph = model.Written().Graph;
        var node = graph.Nodes.Single(n => n.Name == "op");
        Assert.AreEqual(("DynamicQuantizeLSTM", "com.microsoft", 12), (node.OpType, node.Domain, node.Input.Count));
        var (quantized, inFloat) = (0.0, 0.0);
        for (var i = 0; i < model.Samples.Count; i++)
        {
            var inputs = model.Samples.Load(i).Inputs;
            var expected = ScalarLstm(graph, direction, inputs["x"].As<float>());
            var actual = TestRuns.Run(model.Written(), inputs, SessionSettings.Default)["y"].As<float>();
            var original = TestRuns.Run(model.Original, inputs)["y"].As<float>();
            // A hidden value that lies on the edge between two integers may fall to either side: a step of 2 / 255 times one weight.
            Assert.IsLessThan(2e-3, actual.Zip(expected).Max(p => Math.Abs(p.First - p.Second)));
            quantized += actual.Zip(expected).Sum(p => Math.Pow(p.First - p.Second, 2));
            inFloat += actual.Zip(original).Sum(p => Math.Pow(p.First - p.Second, 2));
        }
        Assert.IsLessThan(0.01 * inFloat, quantized);
    }

    [TestMethod]
    [DataRow("forward")]
    [DataRow("bidirectional")]
    public void InInt8_IsCloseToFloatAndReverts(string direction)
    {
        foreach (var format in (ModelFormat[])[ModelFormat.Qdq, ModelFormat.QOperator])
        {
            var model = new QuantizedTestModel(Network(direction), Size with { Format = format });

            Assert.AreEqual(1, model.Optimized().Count("DynamicQuantizeLSTM"));
            Assert.AreEqual(0, model.Optimized().Count("QuantizeLinear"));
            Assert.IsLessThan(0.02, model.RelativeError(Configuration.FullyQuantized));
            Assert.IsLessThan(0.4 * model.Original.ToBytes().Length, model.Variants.Build(Configuration.FullyQuantized).Message.Length);
            Assert.IsEmpty(model.Placement.Observations, "nothing of the data is needed");
            var reverted = model.Written(Configuration.FullyQuantized.Revert(0));
            Assert.AreEqual("LSTM", reverted.Graph.Nodes.Single().OpType);
            TestRuns.AssertEquivalent(model.Original, reverted, 0, open: 1);
        }
    }

    /// <summary>Initial states, peepholes, sequence lengths, several outputs of which the first is not wanted, and a batch of two.</summary>
    [TestMethod]
    public void InInt8_EveryOptionalInput_StaysWhereItIs()
    {
        var model = new QuantizedTestModel(TestModels.Opset(14).Input("x", Steps, 2, Inputs).Random("w", 1, 4 * Hidden, Inputs).Random("r", 1, 4 * Hidden, Hidden).Random("b", 1, 8 * Hidden).Random("h", 1, 2, Hidden).Random("c", 1, 2, Hidden)
            .Random("p", 1, 3 * Hidden).Initializer(TensorData.Int32s("lengths", [Steps, Steps - 2], 2))
            .Named("op", "LSTM", ["x", "w", "r", "b", "lengths", "h", "c", "p"], ["", "yh", "yc"], n => n.With("hidden_size", (long)Hidden).With("layout", 0L).With("clip", 2f)).Output("yh").Output("yc"), Size);

        Assert.AreEqual(1, model.Optimized().Count("DynamicQuantizeLSTM"));
        Assert.IsLessThan(0.02, model.RelativeError(Configuration.FullyQuantized));
        CollectionAssert.AreEqual(new[] { "b", "lengths", "h", "c", "p" }, model.Written().Graph.Nodes[0].Input.Skip(3).Take(5).ToArray());
    }

    [TestMethod]
    public void SharedWeights_AreStoredOnce()
    {
        var model = new QuantizedTestModel(TestModels.Opset(14).Input("x", Steps, 1, Hidden).Random("w", 1, 4 * Hidden, Hidden).Random("r", 1, 4 * Hidden, Hidden).Int64s("axes", [1])
            .Named("l1", "LSTM", ["x", "w", "r"], ["t"], n => n.With("hidden_size", (long)Hidden)).Node("Squeeze", ["t", "axes"], ["s"])
            .Named("l2", "LSTM", ["s", "w", "r"], ["y"], n => n.With("hidden_size", (long)Hidden)).Output("y"), Size);

        Assert.HasCount(2, model.Written().Graph.Initializers.Where(i => i.Length() == 4 * Hidden * Hidden));
        var half = model.Optimized(Configuration.FullyQuantized.Revert(0));
        Assert.AreEqual((1, 1), (half.Count("DynamicQuantizeLSTM"), half.Count("LSTM")));
    }

    /// <summary>By the costs of the device: the small one beside a large one stays in float, with the reason.</summary>
    [TestMethod]
    public void PreferSpeed_TakesWhatPays()
    {
        var prepared = ModelPreparation.Prepare(TestModels.Opset(14).Input("x", 100, 1, 256).Random("w1", 1, 1024, 256).Random("r1", 1, 1024, 256).Int64s("axes", [1])
            .Named("large", "LSTM", ["x", "w1", "r1"], ["t", "h"], n => n.With("hidden_size", 256L)).Random("w2", 1, 32, 256).Random("r2", 1, 32, 8)
            .Named("small", "LSTM", ["h", "w2", "r2"], ["y"], n => n.With("hidden_size", 8L)).Output("t").Output("y").Build());

        var placement = QuantizerPlacement.Place(prepared, Settings.Of());

        CollectionAssert.AreEqual(new[] { "large" }, placement.StoredLayers.Where(s => s.IsDynamic).Select(s => s.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "large" }, placement.Groups.Select(g => g.Name).ToArray());
        StringAssert.Contains(placement.FloatReasons["small"], "int8 would not be faster");
        Assert.IsFalse(placement.PaysNowhere);
        Assert.IsGreaterThan(0, placement.Groups[0].PredictedSaving);
        // 524288 products and as many weights, 1024 gates, in each of 100 steps; the coefficients of the device's file.
        Assert.AreEqual(new OperatorCost((100L * 524288 * 33) + (100 * 195000) + (524288 * 45), 2000000 + (100L * 524288 * 19 / 2) + (100 * 1024 * 720) + (100 * 300000) + (524288 * 30)),
            placement.Prediction!.Operators.Single(o => o.Name == "large").Cost);
    }

    /// <summary>Each step takes its time however small the state is, and more of it in int8: measured, int8 takes 1.14 of float with 32 units, 0.80 with 48.</summary>
    [TestMethod]
    [DataRow(32, "float")]
    [DataRow(48, "int8")]
    public void PreferSpeed_ManySmallSteps_IsInt8WhereItWasMeasuredToPay(int units, string expected)
    {
        var prepared = ModelPreparation.Prepare(TestModels.Opset(14).Input("x", 1000, 1, units).Random("w", 1, 4 * units, units).Random("r", 1, 4 * units, units)
            .Named("op", "LSTM", ["x", "w", "r"], ["y"], n => n.With("hidden_size", (long)units)).Output("y").Build());

        var placement = QuantizerPlacement.Place(prepared, Settings.Of() with { Prefer = Preference.Speed });

        Assert.AreEqual(expected == "int8", placement.StoredLayers.Any(s => s.IsDynamic));
        Assert.AreEqual(expected == "float", placement.PaysNowhere);
    }

    [TestMethod]
    [DataRow("GRU", "CPU", "no int8 kernel")]
    [DataRow("LSTM", "arm64", "not measured on ARM")]
    [DataRow("LSTM of a computed matrix", "CPU", "no constant")]
    public void WhatHasNoKernel_StaysInFloat(string type, string device, string reason)
    {
        var builder = TestModels.Opset(14).Input("x", Steps, 1, Inputs).Random("m", Inputs, Inputs).Random("w", 1, (type == "GRU" ? 3 : 4) * Hidden, Inputs).Random("r", 1, (type == "GRU" ? 3 : 4) * Hidden, Hidden)
            .Node("MatMul", ["x", "m"], ["t"]);
        if (type == "LSTM of a computed matrix")
            builder = builder.Input("f", 1).Node("Mul", ["w", "f"], ["weights"]);
        builder = builder.Named("op", type.Split(' ')[0], ["t", type.EndsWith("matrix", StringComparison.Ordinal) ? "weights" : "w", "r"], ["y"], n => n.With("hidden_size", (long)Hidden));
        var placement = QuantizerPlacement.Place(ModelPreparation.Prepare(builder.Output("y").Build()), Settings.Of() with { TargetDevice = new(device, Settings.Position), Prefer = Preference.Speed });

        StringAssert.Contains(placement.FloatReasons["op"], reason);
        Assert.DoesNotContain("op", placement.Groups.Select(g => g.Name));
    }

    [TestMethod]
    public void WeightsOnly_ComputesInFloat()
    {
        var model = new QuantizedTestModel(Network("forward"), Settings.With(q => q with { WeightsOnly = true }));

        Assert.AreEqual((0, 1), (model.Optimized().Count("DynamicQuantizeLSTM"), model.Optimized().Count("LSTM")));
    }

    /// <summary>Where pairs of products saturate, weights keep to half of the integers; then every processor computes alike, which the emulation knows.</summary>
    [TestMethod]
    [DataRow("x64", null, 64)]
    [DataRow("x64", "No", 127)]
    [DataRow("CPU", null, 127)]
    [DataRow("CPU", "All", 64)]
    public void Weights_WhereProductsSaturate_KeepToHalfOfTheIntegers(string device, string? fix, int largest)
    {
        var settings = Settings.With(q => q with { SaturationFix = fix is null ? null : new(Enum.Parse<SaturationFix>(fix), Settings.Position) }) with { Prefer = Preference.Size, TargetDevice = new(device, Settings.Position) };
        var model = new QuantizedTestModel(Network("forward"), settings);
        var written = model.Written();

        written.Graph.TryGetConstant(written.Graph.Nodes[0].Input[2], out var weights);
        Assert.AreEqual(largest, weights!.ToInt64s().Max(Math.Abs));
        Assert.IsLessThan(0.03, model.RelativeError(Configuration.FullyQuantized));
        bool Emulates() => EmulatedOperator.For(written.Graph.Nodes[0], written.Graph, t => written.Graph.TryGetConstant(t, out var c) ? (DataType)c.DataType : null) is null;
        if (largest == 64)
            Assert.IsTrue(Emulates());
        else
            Assert.ThrowsExactly<Diagnostics.QuantizeException>(() => Emulates());
    }

    private static CompressionSettings Size => Settings.Of() with { Prefer = Preference.Size };

    private static TestModels Network(string direction)
    {
        var directions = direction == "bidirectional" ? 2 : 1;
        return TestModels.Opset(14).Input("x", Steps, 1, Inputs).Random("w", directions, 4 * Hidden, Inputs).Random("r", directions, 4 * Hidden, Hidden).Random("b", directions, 8 * Hidden)
            .Named("op", "LSTM", ["x", "w", "r", "b"], ["y"], n => n.With("hidden_size", (long)Hidden).With("direction", direction)).Output("y");
    }

    /// <summary>
    /// ONNX's LSTM (gates in the order i, o, f, c) with int8 weights of (directions, input, gates), the whole input quantized once and the hidden state once in each step, to unsigned bytes over the range
    /// that the values have together with zero.
    /// </summary>
    private static float[] ScalarLstm(OnnxGraph graph, string direction, float[] x)
    {
        var node = graph.Nodes.Single(n => n.Name == "op");
        float[] Floats(int input) => graph.TryGetConstant(node.Input[input], out var constant) ? constant.ToFloats() : [];
        long[] Integers(int input) => graph.TryGetConstant(node.Input[input], out var constant) ? constant.ToInt64s() : [];
        var (w, r, bias, wScale, rScale) = (Integers(1), Integers(2), Floats(3), Floats(8), Floats(10));
        var directions = direction == "bidirectional" ? 2 : 1;
        var y = new float[Steps * directions * Hidden];
        var input = Rounded(x);
        for (var d = 0; d < directions; d++)
        {
            var (h, c) = (new double[Hidden], new double[Hidden]);
            for (var step = 0; step < Steps; step++)
            {
                var t = direction == "reverse" || d == 1 ? Steps - 1 - step : step;
                var state = Rounded([.. h.Select(v => (float)v)]);
                double Gate(int gate, int unit)
                {
                    var row = (gate * Hidden) + unit;
                    var sum = (double)bias[(d * 8 * Hidden) + row] + bias[(d * 8 * Hidden) + (4 * Hidden) + row];
                    for (var i = 0; i < Inputs; i++)
                        sum += input[(t * Inputs) + i] * w[(((d * Inputs) + i) * 4 * Hidden) + row] * wScale[(d * 4 * Hidden) + row];
                    for (var i = 0; i < Hidden; i++)
                        sum += state[i] * r[(((d * Hidden) + i) * 4 * Hidden) + row] * rScale[(d * 4 * Hidden) + row];
                    return sum;
                }

                for (var unit = 0; unit < Hidden; unit++)
                {
                    c[unit] = (Sigmoid(Gate(2, unit)) * c[unit]) + (Sigmoid(Gate(0, unit)) * Math.Tanh(Gate(3, unit)));
                    h[unit] = Sigmoid(Gate(1, unit)) * Math.Tanh(c[unit]);
                }
                for (var unit = 0; unit < Hidden; unit++)
                    y[(((t * directions) + d) * Hidden) + unit] = (float)h[unit];
            }
        }
        return y;
    }

    private static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));

    private static double[] Rounded(float[] values)
    {
        var (low, high) = (Math.Min(0, values.Min()), Math.Max(0, values.Max()));
        var scale = high == low ? 1 : (high - low) / 255;
        var zero = Math.Round(-low / scale, MidpointRounding.ToEven);
        return [.. values.Select(v => (Math.Clamp(Math.Round(v / scale, MidpointRounding.ToEven) + zero, 0, 255) - zero) * scale)];
    }
}
