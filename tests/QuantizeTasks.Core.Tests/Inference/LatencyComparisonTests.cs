using QuantizeTasks.Inference;

namespace QuantizeTasks.Tests.Inference;

[TestClass]
public sealed class LatencyComparisonTests
{
    private const double Cold = 20;

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
    public void Measure_RunAfterAnotherModel_DoesNotCount()
    {
        // What ran last has warmed the caches for itself only.
        var (last, turns) = (-1, new List<int>());
        var rounds = LatencyComparison.Measure([Run(0), Run(1)], TimeSpan.Zero, default);
        Assert.IsLessThan(Cold, rounds.SelectMany(r => r).Max(), string.Join(", ", rounds.SelectMany(r => r)));
        Assert.IsTrue(turns.Count(t => t == 0) == turns.Count(t => t == 1) && rounds[0].Length == rounds[1].Length);

        Action Run(int model) => () =>
        {
            if (last != model)
                Thread.Sleep((int)Cold);
            turns.Add(last = model);
        };
    }

    [TestMethod]
    public void Measure_SlowModel_RunsTwiceInARound()
    {
        var (slow, fast) = (0, 0);
        var rounds = LatencyComparison.Measure([() => { slow++; Thread.Sleep(60); }, () => fast++], TimeSpan.Zero, default);
        Assert.AreEqual((12, 12), (slow, fast), "one to allocate, one to see how long it takes, and two in each of five rounds");
        Assert.IsGreaterThanOrEqualTo(59, rounds[0].Min());
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
