using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Calibration.Ranges;

namespace QuantizeTasks.Tests.Quantization.Calibration.Ranges;

[TestClass]
public sealed class AggregationTests
{
    /// <summary>POT's own unit test: 0..3.</summary>
    [TestMethod]
    [DataRow("Mean", 1.5)]
    [DataRow("Max", 3)]
    [DataRow("Min", 0)]
    [DataRow("Median", 1.5)]
    [DataRow("HodgesLehmann", 1.5)]
    public void Of_PotsExample_GivesItsValue(string aggregator, double expected) =>
        Assert.AreEqual(expected, Aggregation.Of(Series([0, 1, 2, 3]), Enum.Parse<Aggregator>(aggregator)));

    [TestMethod]
    public void Of_NoOutliers_LeavesOutWhatIsBeyondOneAnd99Percent()
    {
        // 0..99 and 1e6: the quantiles are 1 and 99, so that 1..99 stay.
        var series = Series([.. Enumerable.Range(0, 100).Select(i => (float)i), 1e6f]);
        Assert.AreEqual(50, Aggregation.Of(series, Aggregator.MeanNoOutliers));
        Assert.AreEqual(50, Aggregation.Of(series, Aggregator.MedianNoOutliers));
    }

    [TestMethod]
    public void Of_RandomValues_EqualsAScalarReimplementation()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 300; trial++)
        {
            var values = Enumerable.Range(0, random.Next(1, 60)).Select(_ => trial % 3 == 0 ? random.Next(-3, 4) : (float)(random.NextDouble() - 0.4) * 100).ToArray();
            var series = Series(values);
            foreach (var aggregator in Enum.GetValues<Aggregator>())
                Assert.AreEqual(Scalar(values, aggregator), Aggregation.Of(series, aggregator), 1e-9, $"{aggregator} of {string.Join(", ", values)}");
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void HodgesLehmann_ManySamples_NeedsNoMemoryForThePairs(bool isPositive)
    {
        var random = new Random(5);
        var values = Enumerable.Range(0, 4096).Select(_ => (float)(random.NextDouble() - (isPositive ? 0 : 0.5))).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var estimate = HodgesLehmann.Estimate(values);
        Assert.IsLessThan(100_000, GC.GetAllocatedBytesForCurrentThread() - before, "8 million pairs would be 64 MB");
        Assert.AreEqual(PairMedian(values), estimate, 1e-12);
    }

    /// <summary>Channels do not mix.</summary>
    [TestMethod]
    public void Of_SeveralChannels_AggregatesEachOnItsOwn()
    {
        var accumulator = new SeriesAccumulator(keepsValues: true);
        foreach (var sample in (float[][])[[1, 10], [2, 20], [9, 90]])
            accumulator.Add(sample);
        var series = accumulator.Finish();
        Assert.AreEqual(2, Aggregation.Of(series, Aggregator.Median, 0));
        Assert.AreEqual(20, Aggregation.Of(series, Aggregator.Median, 1));
        Assert.AreEqual(40, Aggregation.Of(series, Aggregator.Mean, 1));
    }

    private static SampleSeries Series(float[] values)
    {
        var accumulator = new SeriesAccumulator(keepsValues: true);
        foreach (var value in values)
            accumulator.Add([value]);
        return accumulator.Finish();
    }

    private static double Scalar(float[] values, Aggregator aggregator)
    {
        double[] all = [.. values.Select(v => (double)v).Order()];
        double[] inside = [.. all.Where(v => v >= SortedQuantile(all, 0.01) && v <= SortedQuantile(all, 0.99))];
        if (inside.Length == 0)
            inside = all;
        return aggregator switch
        {
            Aggregator.Mean => all.Average(),
            Aggregator.Max => all[^1],
            Aggregator.Min => all[0],
            Aggregator.Median => SortedQuantile(all, 0.5),
            Aggregator.MeanNoOutliers => inside.Average(),
            Aggregator.MedianNoOutliers => SortedQuantile(inside, 0.5),
            _ => PairMedian(values),
        };
    }

    private static double PairMedian(float[] values)
    {
        if (values.Length == 1)
            return values[0];
        var averages = new List<double>();
        for (var i = 0; i < values.Length; i++)
            for (var j = 0; j < i; j++)
                averages.Add(((double)values[i] + values[j]) / 2);
        averages.Sort();
        return SortedQuantile([.. averages], 0.5);
    }

    private static double SortedQuantile(double[] sorted, double level)
    {
        var position = level * (sorted.Length - 1);
        return sorted[(int)Math.Floor(position)] + ((position - Math.Floor(position)) * (sorted[(int)Math.Ceiling(position)] - sorted[(int)Math.Floor(position)]));
    }
}
