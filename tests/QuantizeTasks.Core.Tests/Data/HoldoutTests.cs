using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public sealed class HoldoutTests
{
    [TestMethod]
    public void Divide_AnyFraction_EverySampleIsOnOneSide()
    {
        foreach (var (count, fraction) in ((int, double)[])[(10, 0.3), (1000, 0.5), (3, 0.4), (2, 0.5)])
        {
            var holdout = Divide(count, fraction);
            Assert.HasCount((int)Math.Round(count * fraction), holdout.KeptBack);
            CollectionAssert.AreEqual(Enumerable.Range(0, count).ToArray(), holdout.Used.Concat(holdout.KeptBack).Order().ToArray());
            CollectionAssert.AreEqual(holdout.Used.Order().ToArray(), holdout.Used.ToArray());
        }
    }

    [TestMethod]
    public void Divide_Seed_DecidesTheDraw()
    {
        CollectionAssert.AreEqual(Divide(100, 0.3, 4).KeptBack.ToArray(), Divide(100, 0.3, 4).KeptBack.ToArray());
        CollectionAssert.AreNotEqual(Divide(100, 0.3, 4).KeptBack.ToArray(), Divide(100, 0.3, 5).KeptBack.ToArray());
    }

    [TestMethod]
    [DataRow(1, 0.5)]
    [DataRow(4, 0.1)]
    [DataRow(4, 0.9)]
    public void Divide_SideWithoutSamples_IsAnError(int count, double fraction) =>
        Assert.AreEqual(DiagnosticCodes.TooFewSamples, Assert.ThrowsExactly<QuantizeException>(() => Divide(count, fraction)).Diagnostics[0].Code);

    private static Holdout Divide(int count, double fraction, int seed = 0) => Holdout.Divide(count, new HoldoutSpecification(new Located<double>(fraction, default), seed));
}
