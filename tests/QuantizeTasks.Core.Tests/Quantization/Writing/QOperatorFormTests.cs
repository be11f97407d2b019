using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>Integer operators written down: the model that ONNX Runtime makes of Q/DQ pairs by itself, with the same bits as result.</summary>
[TestClass]
public sealed class QOperatorFormTests
{
    [TestMethod]
    public void QOperator_KnownNetworks_HaveTheBitsAndKernelsOfTheFusedModel()
    {
        foreach (var builder in (TestModels[])[FusionTests.Residual(), FusionTests.Branches("Relu", "Relu"), FusionTests.Branches("Relu", "Clip"), RevertTests.Matrices(1), RevertTests.Matrices(-1), RevertTests.Gemms(), RevertTests.Leaky()])
        {
            var (pairs, integer) = Both(builder);
            AssertSame(pairs, integer, Configuration.FullyQuantized);
            foreach (var group in pairs.Variants.Groups)
                AssertSame(pairs, integer, Configuration.FullyQuantized.Revert(group.Id));
        }
    }

    [TestMethod]
    public void QOperator_EveryLayer_IsWrittenAsAnIntegerOperator()
    {
        var (_, integer) = Both(FusionTests.Residual());
        var written = integer.Written().Graph.Nodes.Select(n => n.OpType).ToArray();
        CollectionAssert.AreEqual(new[] { "QuantizeLinear", "QLinearConv", "QLinearConv", "QLinearAdd", "QLinearConv", "DequantizeLinear" }, written);
    }

    [TestMethod]
    public void QOperator_EveryFormOfProduct_HasTheBitsOfTheFusedModel()
    {
        foreach (var name in OperatorFormsTests.Names)
        {
            var (pairs, integer) = Both(OperatorFormsTests.Form(name), Settings.Of() with { Prefer = Preference.Size });
            AssertSame(pairs, integer, Configuration.FullyQuantized, name);
            Assert.IsTrue(integer.Written().Graph.Nodes.Any(n => n.OpType is "QLinearConv" or "QGemm" or "MatMulIntegerToFloat"), name);
        }
    }

    [TestMethod]
    public void QOperator_RandomGraphs_HaveTheBitsOfTheFusedModel()
    {
        for (var seed = 0; seed < 15; seed++)
        {
            var (pairs, integer) = Both(RandomGraph.Create(seed), Settings.Of(seed % 2 == 0 ? "performance" : "mixed", seed % 3 == 0 ? "pertensor" : "perchannel"));
            AssertSame(pairs, integer, Configuration.FullyQuantized, $"seed {seed}");
            AssertSame(pairs, integer, pairs.Variants.Groups.Where(g => g.Id % 2 == 1).Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g.Id)), $"seed {seed}, reverted");
        }
    }

    /// <summary>A Clip that reaches below what the quantizer keeps would be lost in an integer operator.</summary>
    [TestMethod]
    public void QOperator_ActivationThatTheRangeDoesNotImply_StaysBetweenPairs()
    {
        var builder = FusionTests.Image(16).Random("w", 16, 16, 3, 3).Floats("low", [0]).Floats("high", [0.5f]).Named("c", "Conv", ["x", "w"], ["t"]).Node("Clip", ["t", "low", "high"], ["y"]).Output("y");
        var (pairs, integer) = Both(builder, Settings.Of("mixed"));
        AssertSame(pairs, integer, Configuration.FullyQuantized);
    }

    private static (QuantizedTestModel Pairs, QuantizedTestModel Integer) Both(TestModels builder, CompressionSettings? settings = null)
    {
        settings ??= Settings.Of();
        return (new QuantizedTestModel(builder, settings, samples: 3), new QuantizedTestModel(builder, settings with { Format = ModelFormat.QOperator }, samples: 3));
    }

    private static void AssertSame(QuantizedTestModel pairs, QuantizedTestModel integer, Configuration configuration, string name = "")
    {
        var (fused, written) = (pairs.Optimized(configuration), integer.Optimized(configuration));
        var (expected, actual) = (fused.Operators.Where(o => o.IsInteger).Select(o => o.OperatorType).Order().ToArray(), written.Operators.Where(o => o.IsInteger && o.OperatorType != "QLinearConcat").Select(o => o.OperatorType).Order().ToArray());
        CollectionAssert.AreEqual(expected.Where(t => t != "QLinearConcat").ToArray(), actual, $"{name} {configuration}: {string.Join(" ", written.Operators.Select(o => o.OperatorType))}");
        foreach (var (output, tensor) in TestRuns.Run(pairs.Written(configuration), pairs.Samples.Load(1).Inputs, SessionSettings.Default))
            CollectionAssert.AreEqual(tensor.As<float>(), TestRuns.Run(integer.Written(configuration), pairs.Samples.Load(1).Inputs, SessionSettings.Default)[output].As<float>(), $"{name} {configuration} {output}");
    }
}
