using QuantizeTasks.Inference;

namespace QuantizeTasks.Tests.Inference;

[TestClass]
public sealed class PairedDifferenceTests
{
    [TestMethod]
    public void Of_WorkedExample_IsMedianAndNotch()
    {
        // Differences 1, 2, 3, 4, 10: median 3, quartiles 2 and 4, so the margin is 1.57 * 2 / sqrt(5).
        var difference = PairedDifference.Of([11, 12, 13, 14, 20], [10, 10, 10, 10, 10]);
        Assert.AreEqual(3, difference.Median);
        Assert.AreEqual(1.57 * 2 / Math.Sqrt(5), difference.Margin, 1e-12);
        Assert.IsTrue(difference.IsClear);
    }

    [TestMethod]
    public void IsClear_DriftOfTheMachine_DoesNotMatter()
    {
        // Both become slower from round to round; the first is always one slower.
        double[] second = [.. Enumerable.Range(0, 50).Select(round => 100.0 + (20 * round))];
        Assert.IsTrue(PairedDifference.Of([.. second.Select(s => s + 1)], second).IsClear);
        Assert.IsFalse(PairedDifference.Of(second, [.. second.Select(s => s + 1)]).IsClear);
    }

    [TestMethod]
    public void IsClear_EqualInDistribution_IsRarelySo()
    {
        var random = new Random(7);
        double[] Noise() => [.. Enumerable.Range(0, 60).Select(_ => 10 + random.NextDouble())];
        var wrong = Enumerable.Range(0, 400).Count(_ => PairedDifference.Of(Noise(), Noise()).IsClear);
        // The notch covers about 95 %, half of the rest on this side.
        Assert.IsLessThan(400 * 0.06, wrong);
    }
}
