using QuantizeTasks.Inference;

namespace QuantizeTasks.Tests.Inference;

[TestClass]
public sealed class LatencyComparisonTests
{
    private static readonly Dictionary<string, Tensor> Input = new() { [""] = Tensor.Create(new float[64 * 64], 64, 64) };

    [TestMethod]
    public void Measure_MoreWork_TakesLonger()
    {
        using var small = Chain(1);
        using var large = Chain(40);
        var medians = LatencyComparison.Measure(small, large, Input, TimeSpan.FromMilliseconds(200), default);
        Assert.IsGreaterThan(5 * medians.First, medians.Second, "40 multiplications against 1");
        Assert.IsGreaterThanOrEqualTo(5, medians.Rounds);
    }

    [TestMethod]
    public void Measure_NoTime_StillTakesFiveRounds()
    {
        using var model = Chain(1);
        Assert.AreEqual(5, LatencyComparison.Measure(model, model, Input, TimeSpan.Zero, default).Rounds);
    }

    [TestMethod]
    public void Measure_Cancelled_Throws()
    {
        using var model = Chain(1);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => LatencyComparison.Measure(model, model, Input, TimeSpan.FromMinutes(5), source.Token));
    }

    /// <summary>A chain of matrix multiplications.</summary>
    private static ModelSession Chain(int length)
    {
        var model = TestModels.Opset(13).Input("x", 64, 64);
        var from = "x";
        for (var i = 0; i < length; i++, from = $"y{i - 1}")
            model.Random($"w{i}", 64, 64).Node("MatMul", [from, $"w{i}"], [$"y{i}"]);
        return ModelSession.Create(model.Output(from).Build().ToBytes(), "chain");
    }
}
