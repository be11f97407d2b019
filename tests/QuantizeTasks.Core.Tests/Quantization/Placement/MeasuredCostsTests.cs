using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Tests.Quantization.Placement;

/// <summary>That what the profiler names is found again.</summary>
[TestClass]
public sealed class MeasuredCostsTests
{
    /// <summary>The runtime computes a float Gemm and the activation function behind it together, and calls that by a name of its own.</summary>
    [TestMethod]
    [DataRow("Gemm", "Relu", true)]
    [DataRow("MatMul", "Relu", true)]
    [DataRow("Gemm", "Sigmoid", false)]
    public void ByCandidate_ProductWithActivation_IsMeasuredInFloatWhereInt8DoesBothToo(string type, string activation, bool isMeasured)
    {
        var builder = TestModels.Opset(13).Input("x", 4, 64).Random("w", 64, 64).Random("b", 64);
        builder = type == "Gemm" ? builder.Named("product", "Gemm", ["x", "w", "b"], ["t"]) : builder.Named("product", "MatMul", ["x", "w"], ["p"]).Named("bias", "Add", ["p", "b"], ["t"]);
        var model = new QuantizedTestModel(builder.Named("activation", activation, ["t"], ["a"]).Random("w2", 64, 64).Named("last", "MatMul", ["a", "w2"], ["y"]).Output("y"), Settings.Of() with { Prefer = Preference.Size });

        var times = OperatorTimes.Measure([(model.Prepared.Model.Serialize(), "float"), (model.Variants.Build(Configuration.FullyQuantized), "int8")], model.Samples.Load(0).Inputs, TimeSpan.Zero, CancellationToken.None);

        Assert.Contains("FusedGemm", times[0].Select(t => t.OperatorType).ToArray(), "otherwise this says nothing");
        Assert.AreEqual(isMeasured, MeasuredCosts.ByCandidate(model.Placement, times[0]).ContainsKey("product"));
        Assert.IsTrue(MeasuredCosts.ByCandidate(model.Placement, times[1]).ContainsKey("product"));
    }
}
