using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization.Writing;

[TestClass]
public sealed class QuantizedModelVariantsTests
{
    [TestMethod]
    public void Build_SameConfiguration_GivesTheSameBytesOnAnyThread()
    {
        var model = new QuantizedTestModel(FusionTests.Branches("Relu", "Relu"));
        Configuration[] configurations = [Configuration.Float, Configuration.FullyQuantized, Configuration.FullyQuantized.Revert(1), Configuration.FullyQuantized.Revert(0).Revert(2)];
        var expected = configurations.Select(c => model.Variants.Build(c).Message).ToArray();
        var again = DefaultQuantization.Quantize(model.Calibrated with { Placement = QuantizerPlacement.Place(model.Prepared, Settings.Of()), Statistics = CalibrationStatistics.FromBytes(model.Statistics.ToBytes()) }, Settings.Of(), model.Passes);
        Parallel.For(0, 40, i =>
        {
            CollectionAssert.AreEqual(expected[i % 4], model.Variants.Build(configurations[i % 4]).Message);
            CollectionAssert.AreEqual(expected[i % 4], again.Build(configurations[i % 4]).Message);
        });
    }

    [TestMethod]
    public void Build_Float_EqualsTheOriginal()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        TestRuns.AssertEquivalent(model.Original, model.Written(Configuration.Float));
    }

    [TestMethod]
    public void Build_Int8_HasStableOrderOpsetAndProducer()
    {
        foreach (var opset in (long[])[13, 18, 21])
        {
            var model = new QuantizedTestModel(TestModels.Opset(opset, 8).Input("x", 1, 32, 28, 28).Random("w1", 32, 32, 3, 3).Named("c1", "Conv", ["x", "w1"], ["y"], FusionTests.Pads).Output("y"));
            var written = model.Written();
            Assert.AreEqual(opset, written.Opset);
            Assert.AreEqual("QuantizeTasks", written.Proto.ProducerName);
            Assert.AreNotEqual("", written.Proto.ProducerVersion);
            var names = written.Proto.Graph.Initializer.Select(i => i.Name).ToArray();
            CollectionAssert.AreEqual(names.Order(StringComparer.Ordinal).ToArray(), names);
            Assert.AreEqual(1, model.Optimized().Count("QLinearConv"));
        }
    }

    [TestMethod]
    public void Build_Int8_StoresWeightsOnceAsInt8()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        var floats = model.Written().Proto.Graph.Initializer.Where(i => i.DataType == (int)DataType.Float).Sum(i => i.Length());
        Assert.IsLessThan(500, floats, "only scales are left in float");
        Assert.IsLessThan(model.Original.ToBytes().Length / 3, model.Variants.Build(Configuration.FullyQuantized).Message.Length);
    }

    /// <summary>A wrong axis is no error to ONNX Runtime, so every axis is checked against what the operator means.</summary>
    [TestMethod]
    public void Build_PerChannelWeights_LieAlongTheOutputChannels()
    {
        foreach (var (builder, axis) in ((TestModels, long)[])[
            (FusionTests.Image(32).Random("w", 32, 32, 3, 3).Named("l", "Conv", ["x", "w"], ["y"]).Output("y"), 0),
            (TestModels.Opset(13).Input("x", 64, 32).Random("w", 32, 32).Named("l", "Gemm", ["x", "w"], ["y"]).Output("y"), 1),
            (TestModels.Opset(13).Input("x", 64, 32).Random("w", 32, 32).Named("l", "Gemm", ["x", "w"], ["y"], n => n.With("transB", 1L)).Output("y"), 0),
            (TestModels.Opset(13).Input("x", 64, 32).Random("w", 32, 32).Named("l", "MatMul", ["x", "w"], ["y"]).Output("y"), 1)])
        {
            // One output channel has much larger weights than the others: a scale on the wrong axis would lose the small ones.
            var model = new QuantizedTestModel(builder.Edit(proto =>
            {
                var weights = proto.Graph.Initializer.Single();
                var values = weights.ToFloats();
                var stride = axis == 0 ? values.Length / 32 : 1;
                for (var i = 0; i < values.Length; i++)
                    values[i] *= i / stride % 32 == 5 ? 50 : 1;
                proto.Graph.Initializer[0] = TensorData.Floats("w", values, [.. weights.Dims]);
            }));
            var written = model.Written();
            Assert.AreEqual(axis, written.Graph.Nodes.Single(n => n.Name == "l/weights/DequantizeLinear").Int("axis", -9));
            written.Graph.TryGetConstant("l/weights/scale", out var scales);
            var (scale, rest) = (scales!.ToFloats()[5], scales!.ToFloats().Where((_, i) => i != 5).Max());
            Assert.IsGreaterThan(10 * rest, scale);
            Assert.IsLessThan(0.1, model.RelativeError(Configuration.FullyQuantized));
        }
    }

    [TestMethod]
    public void Build_PresetMixed_UsesTheWholeRangeOfASkewedTensor()
    {
        // After adding 3 the values lie in [1, 5]: symmetric and asymmetric ranges differ below 0 only for signed tensors, so shift by less.
        var builder = FusionTests.Image(32).Random("w", 32, 32, 1, 1).Floats("shift", [1.5f]).Node("Add", ["x", "shift"], ["s"]).Named("c", "Conv", ["s", "w"], ["y"]).Output("y");
        float Scale(string preset)
        {
            var written = new QuantizedTestModel(builder, Settings.Of(preset)).Written();
            written.Graph.TryGetConstant("s/scale", out var scale);
            return scale!.ToFloats()[0];
        }

        // Values in [-0.5, 3.5]: 4/255 instead of 3.5/127.
        Assert.AreEqual(3.5 / 127, Scale("performance"), 1e-4);
        Assert.AreEqual(4.0 / 255, Scale("mixed"), 1e-4);
    }

    [TestMethod]
    public void Build_NamesThatAreTaken_AreNotTakenAgain()
    {
        var builder = FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("c1/weights", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["a"], FusionTests.Pads).Named("c2", "Conv", ["a", "c1/weights"], ["a/quantized"], FusionTests.Pads).Node("Relu", ["a/quantized"], ["a/float"]).Output("a/float");
        var model = new QuantizedTestModel(builder);
        Assert.AreEqual(2, model.Optimized().Count("QLinearConv"));
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized.Revert(1)));
    }

    /// <summary>Bodies read outer tensors by name; they must get what everybody else gets.</summary>
    [TestMethod]
    public void Build_TensorReadInsideAnIf_ReachesTheBody()
    {
        static GraphProto Body(string type) => TestModels.Opset(13).Node(type, ["r1"], [$"out_{type}"]).Output($"out_{type}").BuildGraph();
        var builder = FusionTests.Image(32).Input("condition", DataType.Bool).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Node("Relu", ["t1"], ["r1"]).Named("c2", "Conv", ["r1", "w2"], ["y"], FusionTests.Pads)
            .Named("if", "If", ["condition"], ["z"], n => n.Attribute.Add(
            [
                new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = Body("Abs") },
                new AttributeProto { Name = "else_branch", Type = AttributeProto.Types.AttributeType.Graph, G = Body("Neg") },
            ])).Output("y").Output("z");
        var model = new QuantizedTestModel(builder);
        Assert.AreEqual(2, model.Optimized().Count("QLinearConv"));
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
    }

    [TestMethod]
    public void Build_MatMulOfAVector_StaysInFloatAndRuns()
    {
        var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", 16, 256).Input("v", 256).Random("w", 256, 256).Random("w2", 256, 256).Random("b", 256)
            .Named("m", "MatMul", ["x", "w"], ["y"]).Named("mv", "MatMul", ["v", "w2"], ["t"]).Named("a", "Add", ["t", "b"], ["z"]).Output("y").Output("z"));
        StringAssert.Contains(model.Placement.FloatReasons["mv"], "vector");
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
    }

    [TestMethod]
    public void Build_HugeBiasOnTinyWeights_StaysInInt32AndExact()
    {
        var model = new QuantizedTestModel(FusionTests.Image(32).Floats("w", [.. Enumerable.Repeat(1e-7f, 32 * 32)], 32, 32, 1, 1).Floats("b", [.. Enumerable.Range(0, 32).Select(i => 1000f * (i - 16))], 32)
            .Named("c", "Conv", ["x", "w", "b"], ["y"]).Output("y"));
        Assert.IsLessThan(0.02, model.RelativeError(Configuration.FullyQuantized));
    }

    [TestMethod]
    public void Build_DeadChannelsAndConstantTensors_StayFinite()
    {
        var model = new QuantizedTestModel(FusionTests.Image(32).Floats("w1", new float[32 * 32 * 9], 32, 32, 3, 3).Random("w2", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t"], FusionTests.Pads).Node("Relu", ["t"], ["r"]).Named("c2", "Conv", ["r", "w2"], ["y"], FusionTests.Pads).Output("y"));
        foreach (var initializer in model.Written().Proto.Graph.Initializer.Where(i => i.DataType == (int)DataType.Float))
            Assert.IsTrue(initializer.ToFloats().All(s => float.IsNormal(s) && s > 0), initializer.Name);
        using var session = ModelSession.Create(model.Variants.Build(Configuration.FullyQuantized), "int8");
        Assert.IsTrue(session.Run(model.Samples.Load(0).Inputs)["y"].As<float>().All(v => Math.Abs(v) < 1e-2));
    }

    [TestMethod]
    public void Create_NothingToQuantize_IsAnError()
    {
        var prepared = ModelPreparation.Prepare(TestModels.Opset(13).Input("x", 1, 8).Node("Erf", ["x"], ["y"]).Output("y").Build());
        var placement = QuantizerPlacement.Place(prepared, Settings.Of());
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => DefaultQuantization.Quantize(new CalibratedModel(prepared, placement, new CalibrationStatistics(1, ImmutableSortedDictionary<string, TensorStatistics>.Empty), []), Settings.Of(), null!));
        Assert.AreEqual(DiagnosticCodes.NothingToQuantize, thrown.Diagnostics[0].Code);
        StringAssert.Contains(thrown.Message, "no int8 kernel");
    }

    /// <summary>Any graph, any configuration: it loads, it runs, it is close to float; and nothing runs in int8 that should not.</summary>
    [TestMethod]
    public void Build_RandomGraphs_LoadAndStayCloseToFloat()
    {
        for (var seed = 0; seed < 25; seed++)
        {
            var model = new QuantizedTestModel(RandomGraph.Create(seed), Settings.Of(seed % 2 == 0 ? "performance" : "mixed", seed % 3 == 0 ? "pertensor" : "perchannel"), samples: 4);
            var random = new Random(seed);
            var layers = model.Placement.Layers.Select(l => l.Name).ToArray();
            for (var trial = 0; trial < 3; trial++)
            {
                var configuration = trial == 0 ? Configuration.FullyQuantized
                    : model.Variants.Groups.Where(_ => random.Next(2) == 0).Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g.Id));
                var reverted = configuration.Reverted.SelectMany(id => model.Variants.Groups[id].Layers).ToArray();

                var optimized = model.Optimized(configuration);
                CollectionAssert.AreEquivalent(layers.Except(reverted).ToArray(), optimized.RunningInInteger(layers).ToArray(), $"seed {seed}, {configuration}");
                // Grouped convolutions stay in float too, wherever they stand.
                Assert.AreEqual(model.Placement.Layers.Count(l => l.OperatorType == "Conv" && !reverted.Contains(l.Name)), optimized.Count("QLinearConv"), $"seed {seed}, {configuration}");
                Assert.IsLessThan(0.25, model.RelativeError(configuration), $"seed {seed}, {configuration}");
            }
            TestRuns.AssertEquivalent(model.Original, model.Written(Configuration.Float));
        }
    }
}
