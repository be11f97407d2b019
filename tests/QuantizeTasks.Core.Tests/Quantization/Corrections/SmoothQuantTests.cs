using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Corrections;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class SmoothQuantTests
{
    private const int Width = 64;

    [TestMethod]
    [DataRow("layer normalization")]
    [DataRow("spelled out")]
    [DataRow("linear layer")]
    [DataRow("divided")]
    public void Calibrate_ActivationThatCanTakeFactors_ComputesTheSameInFloat(string producer)
    {
        var model = Model(producer, 0.5);
        Assert.IsFalse(model.Calibrated.NotSmoothed.ContainsKey("t"), model.Calibrated.NotSmoothed.GetValueOrDefault("t"));
        Assert.AreNotSame(model.Prepared, model.Calibrated.Prepared);
        Assert.IsEmpty(model.Calibrated.Warnings);
        TestRuns.AssertEquivalent(model.Original, model.Calibrated.Prepared.Model, 2e-5);
    }

    /// <summary>The weights against the definition, with maxima taken from the tensor itself.</summary>
    [TestMethod]
    [DataRow(0.5)]
    [DataRow(0.8)]
    public void Calibrate_TwoReaders_FollowsTheDefinition(double alpha)
    {
        var model = Model("layer normalization", alpha);
        var (q, k) = (Values(model.Original, "q"), Values(model.Original, "k"));
        var (newQ, newK, gamma) = (Values(model.Calibrated.Prepared.Model, "q"), Values(model.Calibrated.Prepared.Model, "k"), Values(model.Calibrated.Prepared.Model, "gamma"));
        var probe = model.Original.Clone();
        probe.Proto.Graph.Output.Clear();
        probe.Proto.Graph.Output.Add(new QuantizeTasks.Onnx.Proto.ValueInfoProto { Name = "t" });
        var activations = new double[Width];
        for (var s = 0; s < model.Samples.Count; s++)
            foreach (var (value, i) in TestRuns.Run(probe, model.Samples.Load(s).Inputs)["t"].As<float>().Select((v, i) => (v, i)))
                activations[i % Width] = Math.Max(activations[i % Width], Math.Abs(value));
        for (var c = 0; c < Width; c++)
        {
            var largest = Enumerable.Range(0, Width).Max(o => Math.Max(Math.Abs(q[(c * Width) + o]), Math.Abs(k[(c * Width) + o])));
            var factor = Math.Pow(activations[c], alpha) / Math.Pow(largest, 1 - alpha);
            Assert.AreEqual(Values(model.Original, "gamma")[c] / factor, gamma[c], 1e-4 * Math.Abs(gamma[c]) + 1e-6);
            for (var o = 0; o < Width; o++)
            {
                Assert.AreEqual(q[(c * Width) + o] * factor, newQ[(c * Width) + o], 1e-4 * factor);
                Assert.AreEqual(k[(c * Width) + o] * factor, newK[(c * Width) + o], 1e-4 * factor);
            }
        }
    }

    [TestMethod]
    public void Calibrate_OutliersInFewChannels_LoseLess() =>
        Assert.IsLessThan(Model("layer normalization", null).RelativeError(Configuration.FullyQuantized) * 0.6, Model("layer normalization", 0.5).RelativeError(Configuration.FullyQuantized));

    [TestMethod]
    [DataRow("residual", "not only matrix products")]
    [DataRow("function", "cannot take a factor")]
    [DataRow("input", "nothing before it has weights")]
    public void Calibrate_NothingTakesTheFactors_IsSkippedWithAReason(string producer, string reason)
    {
        var model = Model(producer, 0.5);
        var tensor = producer == "input" ? "x" : "t";
        StringAssert.Contains(model.Calibrated.NotSmoothed[tensor], reason, StringComparison.Ordinal);
        var warning = model.Calibrated.Warnings.Single();
        Assert.AreEqual(DiagnosticCodes.NothingToCorrect, warning.Code);
        StringAssert.Contains(warning.Message, reason, StringComparison.Ordinal);
        TestRuns.AssertEquivalent(model.Original, model.Written(Configuration.Float), 2e-5);
    }

    [TestMethod]
    public void Factors_DeadChannels_AreOne() =>
        CollectionAssert.AreEqual(new double[] { 1, 1, 2 }, SmoothQuant.Factors([0, 3, 4], [1, 0, 1], 0.5));

    /// <summary>Two products that read 't', a few channels of which are fifty times larger than the others.</summary>
    private static QuantizedTestModel Model(string producer, double? alpha)
    {
        float[] gamma = [.. Enumerable.Range(0, Width).Select(c => c % 16 == 3 ? 50f : 1 + (c * 0.01f))];
        var builder = TestModels.Opset(17, 8).Input("x", 1, 48, Width).Floats("gamma", gamma, Width).Random("beta", Width).Floats("two", [2], 1).Int64s("last", [-1]).Floats("epsilon", [1e-5f])
            .Random("q", Width, Width).Random("k", Width, Width).Random("w0", Width, Width).Random("b0", Width);
        builder = producer switch
        {
            "spelled out" => builder.Node("ReduceMean", ["x"], ["mean"], n => n.With("axes", new long[] { -1 })).Node("Sub", ["x", "mean"], ["centred"]).Node("Mul", ["centred", "centred"], ["squares"])
                .Node("ReduceMean", ["squares"], ["variance"], n => n.With("axes", new long[] { -1 })).Node("Add", ["variance", "epsilon"], ["safe"]).Node("Sqrt", ["safe"], ["deviation"])
                .Node("Div", ["centred", "deviation"], ["normal"]).Node("Mul", ["normal", "gamma"], ["scaled"]).Node("Add", ["scaled", "beta"], ["t"]),
            "linear layer" => builder.Named("m0", "MatMul", ["x", "w0"], ["t0"]).Named("a0", "Add", ["t0", "b0"], ["s0"]).Node("Relu", ["s0"], ["t"]),
            "divided" => builder.Node("Erf", ["x"], ["e"]).Node("Div", ["e", "gamma"], ["t"]),
            "function" => builder.Node("Tanh", ["x"], ["t"]),
            "input" => builder,
            _ => builder.Named("norm", "LayerNormalization", ["x", "gamma", "beta"], ["t"]),
        };
        var read = producer == "input" ? "x" : "t";
        builder = builder.Named("mq", "MatMul", [read, "q"], ["yq"]).Named("mk", "MatMul", [read, "k"], ["yk"]).Output("yq").Output("yk");
        if (producer == "residual")
            builder = builder.Node("Exp", ["t"], ["z"]).Output("z");
        return new QuantizedTestModel(builder, Settings.With(p => p with { SmoothQuantAlpha = alpha is { } a ? new(a, Settings.Position) : null }));
    }

    private static float[] Values(OnnxModel model, string name) => model.Graph.TryGetConstant(name, out var tensor) ? tensor.ToFloats() : throw new InvalidOperationException(name);
}
