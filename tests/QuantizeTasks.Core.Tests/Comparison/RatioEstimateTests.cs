using QuantizeTasks.Comparison;

namespace QuantizeTasks.Tests.Comparison;

[TestClass]
public sealed class RatioEstimateTests
{
    /// <summary>Ranks and confidences as tables of the sign test's interval for a median have them (Conover, Practical Nonparametric Statistics, table A3).</summary>
    [TestMethod]
    [DataRow(5, 0, 0.0)]
    [DataRow(6, 1, 0.9688)]
    [DataRow(10, 2, 0.9785)]
    [DataRow(15, 4, 0.9648)]
    [DataRow(20, 6, 0.9586)]
    [DataRow(30, 10, 0.9572)]
    public void Rank_Count_IsThatOfTheTables(int count, int rank, double confidence)
    {
        var found = RatioEstimate.Rank(count);
        Assert.AreEqual(rank, found.Rank);
        Assert.AreEqual(confidence, found.Confidence, 5e-5);
    }

    [TestMethod]
    public void Of_HalfTheTime_IsAHalfWithoutDoubt()
    {
        double[] first = [.. Enumerable.Range(0, 90).Select(i => 2.0 + (i % 7))];
        var ratio = RatioEstimate.Of(first, [.. first.Select(t => t / 2)]);
        Assert.AreEqual((0.5, 0.5, 0.5), (ratio.Value, ratio.Low!.Value, ratio.High!.Value));
    }

    [TestMethod]
    public void Of_FewRounds_HasNoInterval()
    {
        var ratio = RatioEstimate.Of([1, 1, 1, 1, 1], [2, 2, 2, 2, 2]);
        Assert.AreEqual((2.0, null, null, 0.0), (ratio.Value, ratio.Low, ratio.High, ratio.Confidence));
    }

    /// <summary>Noise that lasts for several rounds, as of a busy machine, and outliers: the interval must still hold what is true about as often as it says.</summary>
    [TestMethod]
    public void Of_NoiseThatLasts_CoversTheTruthAsOftenAsItSays()
    {
        const double truth = 0.8;
        var (random, covered, trials) = (new Random(5), 0, 400);
        for (var trial = 0; trial < trials; trial++)
        {
            var (a, b) = (new double[300], new double[300]);
            var (slow, other) = (0.0, 0.0);
            for (var i = 0; i < a.Length; i++)
            {
                (slow, other) = ((0.7 * slow) + (0.02 * Normal()), (0.7 * other) + (0.02 * Normal()));
                a[i] = 1 + slow + (random.Next(50) == 0 ? 3 : 0);
                b[i] = truth * (1 + other + (random.Next(50) == 0 ? 3 : 0));
            }
            var ratio = RatioEstimate.Of(a, b);
            covered += ratio.Low <= truth && truth <= ratio.High ? 1 : 0;
        }
        Assert.IsGreaterThan(0.90 * trials, covered);
        Assert.IsLessThan(trials, covered, "or the interval is needlessly wide");

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    [TestMethod]
    public void Of_ModelLatency_TakesQuantilesByNearestRank()
    {
        var latency = ModelLatency.Of("m", 1, [5, 1, 4, 2, 3, 10, 9, 8, 7, 6]);
        Assert.AreEqual((5.5, 1.0, 1.0, 9.0), (latency.Median, latency.Fastest, latency.P10, latency.P90));
    }
}
