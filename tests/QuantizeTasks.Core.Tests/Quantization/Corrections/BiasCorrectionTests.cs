using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Corrections;

/// <summary>The full form, against the definition: the whole model run anew for every layer, with the biases before it corrected.</summary>
[TestClass]
public sealed class BiasCorrectionTests
{
    private const int Samples = 15;

    [TestMethod]
    [DataRow("chain")]
    [DataRow("residual")]
    [DataRow("products")]
    public void Correct_EveryNetwork_FollowsTheDefinition(string network)
    {
        var model = Model(network);
        var weights = Weights(model);
        var actual = BiasCorrection.Correct(model.Calibrated, weights, null, model.Passes);
        var expected = Definition(model, weights);
        CollectionAssert.AreEquivalent(expected.Keys.ToArray(), actual.Where(b => b.Value is not null).Select(b => b.Key).ToArray());
        foreach (var (layer, bias) in expected)
            for (var c = 0; c < bias.Length; c++)
                Assert.AreEqual(bias[c], actual[layer]![c], 2e-4, $"{layer}, channel {c}");
        Assert.IsTrue(expected.Values.SelectMany(b => b).Any(b => Math.Abs(b) > 1e-2), "there was something to correct");
    }

    /// <summary>What is kept between layers decides how much is run again, never the result.</summary>
    [TestMethod]
    public void Means_NothingMayBeKept_AreTheSame()
    {
        var model = Model("residual");
        double[][] Means(long budget)
        {
            var stored = StoredWeightsModel.Create(model.Calibrated.Prepared, model.Calibrated.Placement, Weights(model));
            var prefix = new CorrectedPrefix(model.Prepared.Tensors, stored, 3, model.Passes) { Budget = budget };
            return [.. model.Calibrated.Placement.Layers.Where(l => l.Weights is not null).Select(l => LayerOutput.Of(model.Calibrated.Prepared, l)!).Select(prefix.Means)];
        }

        var (kept, anew) = (Means(1 << 20), Means(0));
        for (var i = 0; i < kept.Length; i++)
            for (var c = 0; c < kept[i].Length; c++)
                Assert.AreEqual(anew[i][c], kept[i][c], 1e-5);
    }

    [TestMethod]
    public void Correct_Threshold_LeavesTheBiasAlone()
    {
        var model = Model("chain");
        var biases = BiasCorrection.Correct(model.Calibrated, Weights(model), 1e-9, model.Passes);
        model.Prepared.Model.Graph.TryGetConstant("b1", out var original);
        for (var c = 0; c < biases["c1"]!.Length; c++)
            Assert.AreEqual(original!.ToFloats()[c], biases["c1"]![c], 1e-6);
    }

    /// <summary>A reverted layer has its own bias again, not the corrected one.</summary>
    [TestMethod]
    public void Build_EverythingReverted_IsTheFloatModel()
    {
        foreach (var fast in (bool[])[true, false])
        {
            var model = new QuantizedTestModel(Network("chain"), Settings.With(p => p with { UseFastBias = fast }), samples: 4);
            var reverted = model.Variants.Groups.Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g.Id));
            TestRuns.AssertEquivalent(model.Original, model.Written(reverted), 1e-5);
        }
    }

    [TestMethod]
    public void ZeroBiases_MatMulWithoutBias_GetsOneThatIsCorrected()
    {
        var model = new QuantizedTestModel(Network("products"), Settings.With(p => p with { ApplyForAllNodes = true }), samples: 4);
        Assert.IsTrue(model.Calibrated.Placement.Layers.Where(l => l.Weights is not null).All(LayerBias.HasPlace));
        TestRuns.AssertEquivalent(model.Original, model.Written(Configuration.Float), 1e-6);
        var biases = FastBiasCorrection.Correct(model.Calibrated, Weights(model), null);
        Assert.IsTrue(biases["m2"]!.Any(b => Math.Abs(b) > 1e-5));
        Assert.IsLessThan(0.2, model.RelativeError(Configuration.FullyQuantized));
    }

    private static QuantizedTestModel Model(string network) => new(Network(network), Settings.With(p => p with { ChannelAlignment = false }), Samples);

    private static TestModels Network(string network) => network switch
    {
        "chain" => FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("b1", 32).Named("c1", "Conv", ["x", "w1", "b1"], ["t1"], FusionTests.Pads).Node("Relu", ["t1"], ["r1"])
            .Random("w2", 32, 1, 3, 3).Named("c2", "Conv", ["r1", "w2"], ["t2"], n => FusionTests.Pads(n.With("group", 32L))).Node("Relu", ["t2"], ["r2"])
            .Random("w3", 32, 32, 1, 1).Random("b3", 32).Named("c3", "Conv", ["r2", "w3", "b3"], ["y"]).Output("y"),
        "residual" => FusionTests.Residual(),
        _ => TestModels.Opset(13).Input("x", 1, 64, 32).Random("w1", 32, 32).Random("b1", 32).Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["t1", "b1"], ["s1"]).Node("Relu", ["s1"], ["r1"])
            .Random("w2", 32, 32).Named("m2", "MatMul", ["r1", "w2"], ["t2"]).Node("Relu", ["t2"], ["r2"])
            .Random("w3", 32, 32).Random("b3", 32).Named("m3", "MatMul", ["r2", "w3"], ["t3"]).Named("a3", "Add", ["t3", "b3"], ["y"]).Output("y"),
    };

    /// <summary>Four bits' worth of levels, so that there is an error to see.</summary>
    private static Dictionary<string, QuantizedWeights> Weights(QuantizedTestModel model)
    {
        var weights = new Dictionary<string, QuantizedWeights>(StringComparer.Ordinal);
        foreach (var layer in model.Calibrated.Placement.Layers.Where(l => l.Weights is not null))
        {
            model.Calibrated.Prepared.Model.Graph.TryGetConstant(layer.Weights!.Tensor, out var tensor);
            var values = new WeightValues(layer.Weights, tensor!, layer.OperatorType == "Conv");
            var scale = values.Values.Max(Math.Abs) / 7;
            weights[layer.Name] = new(values, [.. values.Values.Select(v => (sbyte)Math.Round(v / scale))], [.. Enumerable.Repeat(new TensorScale(QuantizedType.Int8, scale, 0), values.Channels)], false);
        }
        return weights;
    }

    private static Dictionary<string, double[]> Definition(QuantizedTestModel model, Dictionary<string, QuantizedWeights> weights)
    {
        var (prepared, placement) = (model.Calibrated.Prepared, model.Calibrated.Placement);
        var stored = StoredWeightsModel.Create(prepared, placement, weights);
        var biases = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var layer in placement.Layers.Where(LayerBias.HasPlace))
        {
            var node = stored.Graph.Nodes.Single(n => n.Name == (layer.Weights!.BiasNode ?? layer.Name));
            var (want, have) = (Means(prepared.Model, model, node.Output[0], layer), Means(stored, model, node.Output[0], layer));
            var input = node.OpType == "Add" ? 1 : 2;
            stored.Graph.TryGetConstant(node.Input[input], out var old);
            biases[layer.Name] = [.. old!.ToFloats().Select((b, c) => b + want[c] - have[c])];
            stored.Graph.ReplaceInitializer(TensorData.Floats(old!.Name, [.. biases[layer.Name].Select(b => (float)b)], old.Dims.ToArray()));
        }
        return biases;
    }

    /// <summary>Over a fifth of the samples, as POT has it.</summary>
    private static double[] Means(OnnxModel whole, QuantizedTestModel model, string tensor, QuantizedLayer layer)
    {
        var probe = whole.Clone();
        probe.Proto.Graph.Output.Clear();
        probe.Proto.Graph.Output.Add(new QuantizeTasks.Onnx.Proto.ValueInfoProto { Name = tensor });
        var sums = new double[layer.Weights!.Channels];
        for (var s = 0; s < Samples / 5; s++)
        {
            var values = TestRuns.Run(probe, model.Samples.Load(s).Inputs)[tensor].As<float>();
            var plane = layer.OperatorType == "Conv" ? values.Length / sums.Length : 1;
            for (var i = 0; i < values.Length; i++)
                sums[i / plane % sums.Length] += (double)values[i] / (values.Length / sums.Length) / (Samples / 5);
        }
        return sums;
    }
}
