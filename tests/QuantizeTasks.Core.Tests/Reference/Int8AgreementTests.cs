using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization;

namespace QuantizeTasks.Tests.Reference;

/// <summary>
/// What ONNX Runtime computes with its int8 kernels is what the written Q/DQ model says. The kernels add and round in another order, so a value
/// that lies almost between two levels may come out one level apart, and a level further on what is computed from it; nothing else may differ.
/// </summary>
[TestClass]
public sealed class Int8AgreementTests
{
    public static IEnumerable<object[]> Graphs => OperatorGraphs.Names;

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Build_OperatorInInt8_ComputesWhatTheModelSays(string graph)
    {
        foreach (var preset in (string[])["performance", "mixed"])
        {
            QuantizedTestModel model;
            try
            {
                model = new QuantizedTestModel(OperatorGraphs.Build(graph), Settings.Of(preset) with { Prefer = Preference.Size });
            }
            catch (QuantizeTasks.Diagnostics.QuantizeException e) when (e.Diagnostics[0].Code == QuantizeTasks.Diagnostics.DiagnosticCodes.NothingToQuantize)
            {
                Assert.Inconclusive($"Nothing of '{graph}' has an int8 form: {e.Message}");
                return;
            }
            AssertAgreement(model, Configuration.FullyQuantized, $"{graph}, {preset}");
            foreach (var group in model.Variants.Groups)
                AssertAgreement(model, Configuration.FullyQuantized.Revert(group.Id), $"{graph}, {preset}, {group.Name} in float");
        }
    }

    private static void AssertAgreement(QuantizedTestModel model, Configuration configuration, string what)
    {
        var written = model.Written(configuration);
        var meaning = Quantizers.WithTypes(written);
        var tolerance = Tolerance(written);
        var (differing, count) = (0, 0);
        for (var i = 0; i < model.Samples.Count; i++)
        {
            var inputs = model.Samples.Load(i).Inputs;
            var actual = TestRuns.Run(written, inputs, new QuantizeTasks.Inference.SessionSettings())["y"];

            var expected = ReferenceRuntime.Run(meaning, inputs)["y"];

            CollectionAssert.AreEqual(expected.Shape, actual.Shape.ToArray(), what);
            foreach (var (want, have) in expected.Data.Zip(actual.As<float>().ToArray()))
            {
                count++;
                if (Math.Abs(want - have) > tolerance / 1000)
                    differing++;
                Assert.AreEqual(want, have, tolerance, what);
            }
        }
        // An inner value between two levels, where the kernel's last bit decides, moves all that is computed from it by a fraction of a level.
        Assert.IsLessThan(count * 0.05, differing, $"{what}: values that are not the definition's");
    }

    /// <summary>Twice the coarsest level that reaches the output: the scale of an output that is dequantized, else one of the largest activation scale through the last layer's weights.</summary>
    private static double Tolerance(OnnxModel written)
    {
        var initializers = written.Proto.Graph.Initializer.ToDictionary(i => i.Name, StringComparer.Ordinal);
        var scales = written.Proto.Graph.Node.Where(n => n.OpType == "QuantizeLinear").Select(n => initializers[n.Input[1]].ToFloats().Max());
        return 2 * scales.DefaultIfEmpty(1e-3f).Max();
    }
}
