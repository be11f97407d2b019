using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Tests.Quantization;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Inference;

[TestClass]
public sealed class OptimizedGraphTests
{
    [TestMethod]
    public void Of_FloatModel_HasNoIntegerOperators()
    {
        var optimized = OptimizedGraph.Of(FusionTests.Residual().Build().ToBytes(), "float");
        Assert.IsFalse(optimized.Operators.Any(o => o.IsInteger));
        Assert.IsEmpty(optimized.RunningInInteger(["c1", "c2", "c3"]));
    }

    [TestMethod]
    public void Of_Int8Model_NamesTheLayersThatRunInInteger()
    {
        var optimized = new QuantizedTestModel(FusionTests.Residual()).Optimized();
        CollectionAssert.AreEquivalent(new[] { "c1", "c2", "add", "c3" }, optimized.RunningInInteger(["c1", "c2", "add", "c3", "relu1"]).ToArray());
    }

    [TestMethod]
    public void Of_BrokenModel_IsAnErrorOfTheRuntime() =>
        Assert.AreEqual(DiagnosticCodes.RuntimeRejectedModel, Assert.ThrowsExactly<QuantizeException>(() => OptimizedGraph.Of([1, 2, 3], "broken")).Diagnostics[0].Code);
}
