using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class SessionPoolTests
{
    private static readonly Dictionary<string, Tensor> Input = new() { [""] = Tensor.Create(new float[] { 2, 0 }, 1, 2) };

    [TestMethod]
    public void Rent_SameModelAgain_BuildsOnce()
    {
        using var pool = new SessionPool(1 << 20);
        for (var i = 0; i < 3; i++)
        {
            using var lease = pool.Rent(Model(3));
            Assert.AreEqual(6, lease.Session.Run(Input)["y"].As<float>()[0]);
        }
        Assert.AreEqual(1, pool.Built);
        Assert.IsGreaterThan(TimeSpan.Zero, pool.TimeBuilding);
    }

    [TestMethod]
    public void Rent_BeyondTheBound_TheOneUsedLongestAgoGoes()
    {
        using var pool = new SessionPool(2 * Model(1).Bytes);
        foreach (var factor in (float[])[1, 2, 1, 3, 1, 2])
            pool.Rent(Model(factor)).Dispose();
        Assert.AreEqual(4, pool.Built, "1, 2, 3, and 2 once more");
    }

    [TestMethod]
    public void Rent_WhileInUse_IsNeverClosed()
    {
        using var pool = new SessionPool(0);
        using var first = pool.Rent(Model(5));
        pool.Rent(Model(6)).Dispose();
        pool.Rent(Model(7)).Dispose();
        Assert.AreEqual(10, first.Session.Run(Input)["y"].As<float>()[0]);
    }

    [TestMethod]
    public void Rent_ManyThreads_BuildOnceAndRunRight()
    {
        using var pool = new SessionPool(1 << 20);
        Parallel.For(0, 64, i =>
        {
            var factor = 1 + (i % 4);
            using var lease = pool.Rent(Model(factor));
            Assert.AreEqual(2 * factor, lease.Session.Run(Input)["y"].As<float>()[0]);
        });
        Assert.AreEqual(4, pool.Built);
    }

    [TestMethod]
    public void Rent_ModelThatCannotBeLoaded_FailsEachTimeAndLeavesNothing()
    {
        using var pool = new SessionPool(1 << 20);
        var broken = EvaluatedModel.Of(SerializedModel.Of([1, 2, 3]), "broken");
        for (var i = 0; i < 2; i++)
            Assert.ThrowsExactly<QuantizeException>(() => pool.Rent(broken));
        Assert.AreEqual(0, pool.Built);
    }

    private static EvaluatedModel Model(float factor) => EvaluatedModel.Of(SerializedModel.Of(MadeUpVariants.Multiply(factor)), $"times {factor}");
}
