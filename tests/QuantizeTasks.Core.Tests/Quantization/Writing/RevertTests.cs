using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using OrtRunOptions = Microsoft.ML.OnnxRuntime.RunOptions;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>That a reverted group really runs in float, although ONNX Runtime would quantize it again by itself.</summary>
[TestClass]
public sealed class RevertTests
{
    [TestMethod]
    public void Build_EachGroupReverted_RunsExactlyTheOtherLayersInInt8()
    {
        foreach (var builder in (TestModels[])[FusionTests.Residual(), FusionTests.Branches("Relu", "Relu"), FusionTests.Branches("Relu", "Clip"), Matrices(1), Matrices(-1), Gemms(), Leaky()])
        {
            var model = new QuantizedTestModel(builder);
            var layers = model.Placement.Layers.Select(l => l.Name).ToArray();
            Assert.IsNotEmpty(model.Variants.Groups);
            foreach (var group in model.Variants.Groups)
            {
                var optimized = model.Optimized(Configuration.FullyQuantized.Revert(group.Id));

                CollectionAssert.AreEquivalent(layers.Except(group.Layers).ToArray(), optimized.RunningInInteger(layers).ToArray(), $"without {group.Name}: {string.Join(" ", optimized.Operators)}");
                Assert.AreEqual(layers.Length - group.Layers.Length, optimized.Operators.Count(o => o.IsInteger && !model.Placement.AgnosticOperators.Any(a => a.Name == o.Name)), $"without {group.Name}: {string.Join(" ", optimized.Operators)}");
            }
        }
    }

    /// <summary>The pitfall that the guard is for: leaving out the Q/DQ pair of the weights alone is undone by the runtime.</summary>
    [TestMethod]
    public void Runtime_FloatConvBetweenScalarPairs_IsQuantizedAgain()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        var written = model.Written(Configuration.FullyQuantized.Revert(Group(model, "c3")));
        var conv = written.Graph.Nodes.Single(n => n.Name == "c3");
        var guard = written.Graph.Producer(conv.Input[0])!;
        written.Graph.AddInitializer(TensorData.Floats("one scale", [written.Graph.TryGetConstant(guard.Input[1], out var scales) ? scales.ToFloats()[0] : 0]));
        written.Graph.AddInitializer(TensorData.UInt8s("one zero", [written.Graph.TryGetConstant(guard.Input[2], out var zeros) ? (byte)zeros.ToInt64s()[0] : (byte)0]));
        written.Graph.Add(NodeAttributes.Node("DequantizeLinear", "plain", [guard.Input[0], "one scale", "one zero"], "plain"));
        written.Graph.SetInput(conv, 0, "plain");
        written.Graph.Proto.Output[0].Name = "quantized output";
        written.Graph.AddInitializer(TensorData.Floats("output scale", [0.05f]));
        written.Graph.AddInitializer(TensorData.UInt8s("output zero", [128]));
        written.Graph.Add(NodeAttributes.Node("QuantizeLinear", "oq", ["y", "output scale", "output zero"], "oq"));
        written.Graph.Add(NodeAttributes.Node("DequantizeLinear", "odq", ["oq", "output scale", "output zero"], "quantized output"));

        written.Graph.SortTopologically();

        Assert.Contains("c3", OptimizedGraph.Of(written.ToBytes(), "pitfall").RunningInInteger(["c3"]));
    }

    [TestMethod]
    public void Build_AnyGroupsReverted_IsBitExactToARuntimeThatDoesNotRequantize()
    {
        foreach (var builder in (TestModels[])[FusionTests.Residual(), FusionTests.Branches("Relu", "Relu"), Matrices(1), Gemms()])
        {
            var model = new QuantizedTestModel(builder);
            var random = new Random(5);
            for (var trial = 0; trial < 6; trial++)
            {
                var configuration = model.Variants.Groups.Where(_ => random.Next(2) == 0).Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g.Id));
                var bytes = model.Variants.Build(configuration).Message;
                var inputs = model.Samples.Load(0).Inputs;
                using var session = ModelSession.Create(bytes, "int8");

                CollectionAssert.AreEqual(WithoutRequantization(bytes, inputs), session.Run(inputs).Values.First().As<float>(), configuration.ToString());
            }
        }
    }

    /// <summary>Operators that have no int8 form, or never may be int8, are guarded like reverted ones.</summary>
    [TestMethod]
    [DataRow("Conv")]
    [DataRow("ConvTranspose")]
    public void Build_FloatOperatorBetweenInt8Layers_IsLeftInFloat(string type)
    {
        var model = new QuantizedTestModel(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, type == "Conv" ? 8 : 32, 3, 3).Random("w3", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Node("Relu", ["t1"], ["r1"])
            .Named("float", type, ["r1", "w2"], ["t2"], n => n.With("pads", 1, 1, 1, 1).With("group", type == "Conv" ? 4L : 1L)).Node("Relu", ["t2"], ["r2"])
            .Named("c3", "Conv", ["r2", "w3"], ["y"], FusionTests.Pads).Output("y"), Settings.Of(scope: ["float"]));
        var bytes = model.Variants.Build(Configuration.FullyQuantized).Message;
        var inputs = model.Samples.Load(0).Inputs;
        using var session = ModelSession.Create(bytes, "int8");

        Assert.AreEqual(2, model.Optimized().Operators.Count(o => o.IsInteger));
        CollectionAssert.AreEqual(WithoutRequantization(bytes, inputs), session.Run(inputs)["y"].As<float>());
    }

    [TestMethod]
    public void Build_AllGroupsReverted_IsTheFloatModel()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        var all = model.Variants.Groups.Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g.Id));

        var written = model.Written(all);

        Assert.IsFalse(written.Graph.Nodes.Any(n => n.OpType is "QuantizeLinear" or "DequantizeLinear"));
        TestRuns.AssertEquivalent(model.Original, written);
    }

    /// <summary>Corrected bias and rounded weights belong to the int8 form of a layer only.</summary>
    [TestMethod]
    public void Build_RevertedLayer_HasItsOwnWeightsAndBiasBack()
    {
        var model = new QuantizedTestModel(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("b1", 32).Random("w2", 32, 32, 3, 3).Random("b2", 32)
            .Named("c1", "Conv", ["x", "w1", "b1"], ["t1"], FusionTests.Pads).Node("Relu", ["t1"], ["r1"]).Named("c2", "Conv", ["r1", "w2", "b2"], ["y"], FusionTests.Pads).Output("y"));

        var written = model.Written(Configuration.FullyQuantized.Revert(Group(model, "c2")));

        var conv = written.Graph.Nodes.Single(n => n.Name == "c2");
        foreach (var (input, original) in (ReadOnlySpan<(int, string)>)[(1, "w2"), (2, "b2")])
        {
            Assert.IsTrue(written.Graph.TryGetConstant(conv.Input[input], out var now) & model.Original.Graph.TryGetConstant(original, out var then));
            CollectionAssert.AreEqual(then!.ToFloats(), now!.ToFloats());
        }
    }

    [TestMethod]
    public void Build_UnknownGroup_Throws()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Variants.Build(Configuration.FullyQuantized.Revert(model.Variants.Groups.Length)));
    }

    internal static TestModels Matrices(long batch) => TestModels.Opset(13).Input("x", batch, 98, 256).Random("w1", 256, 256).Random("b1", 256).Random("w2", 256, 256).Random("b2", 256)
        .Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["t1", "b1"], ["s1"]).Node("Erf", ["s1"], ["e1"])
        .Named("m2", "MatMul", ["e1", "w2"], ["t2"]).Named("a2", "Add", ["t2", "b2"], ["y"]).Output("y");

    internal static TestModels Gemms() => TestModels.Opset(13).Input("x", 16, 256).Random("w1", 256, 256).Random("b1", 256).Random("w2", 256, 256).Random("b2", 256).Random("w3", 256, 256)
        .Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["t1", "b1"], ["s1"]).Node("Relu", ["s1"], ["r1"])
        .Named("g2", "Gemm", ["r1", "w2", "b2"], ["t2"]).Node("Relu", ["t2"], ["r2"]).Named("m3", "MatMul", ["r2", "w3"], ["y"]).Output("y");

    internal static TestModels Leaky() => FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3)
        .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("leaky", "LeakyRelu", ["t1"], ["r1"]).Named("c2", "Conv", ["r1", "w2"], ["t2"], FusionTests.Pads)
        .Named("gap", "GlobalAveragePool", ["t2"], ["y"]).Output("y");

    private static int Group(QuantizedTestModel model, string layer) => model.Variants.Groups.Single(g => g.Layers.Contains(layer)).Id;

    private static float[] WithoutRequantization(byte[] model, IReadOnlyDictionary<string, Tensor> inputs)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "WeightBiasQuantization");
        using var session = new InferenceSession(model, options);
        using var runOptions = new OrtRunOptions();
        var input = inputs.Values.Single();
        using var value = OrtValue.CreateTensorValueFromMemory(input.As<float>(), [.. input.Shape.Select(e => (long)e)]);
        using var results = session.Run(runOptions, session.InputNames, [value], session.OutputNames);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
