using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Tests.Quantization.Calibration;

[TestClass]
public sealed class SeriesAccumulatorTests
{
    [TestMethod]
    [DataRow(1, 4096)]
    [DataRow(97, 1350)]
    [DataRow(1000, 512)]
    public void Add_MoreSamplesThanAreKept_HoldsABoundedShareSpreadEvenly(int channels, int most)
    {
        var accumulator = new SeriesAccumulator(keepsValues: true);
        var samples = (most * 5) + 3;
        var values = new float[channels];
        for (var i = 0; i < samples; i++)
        {
            Array.Fill(values, i);
            accumulator.Add(values);
            Assert.IsLessThanOrEqualTo((most + 3) * channels, accumulator.Held);
        }
        var series = accumulator.Finish();

        // Five times as many as fit: every eighth is kept.
        CollectionAssert.AreEqual(Enumerable.Range(0, (samples + 7) / 8).Select(i => i * 8f).ToArray(), series.Values(channels - 1));
        Assert.AreEqual(samples, series.Samples);
        Assert.AreEqual((samples - 1) / 2.0, series.Means[0], "extremes and means are of all samples");
        Assert.AreEqual(samples - 1, series.Maxima[0]);
        Assert.AreEqual(0, series.Minima[0]);
    }

    [TestMethod]
    public void Add_ValuesNotKept_HoldsThreeNumbersAChannel()
    {
        var accumulator = new SeriesAccumulator(keepsValues: false);
        for (var i = 0; i < 100; i++)
            accumulator.Add([i, -i]);
        Assert.AreEqual(6, accumulator.Held);
        Assert.IsTrue(accumulator.Finish().Kept.IsEmpty);
    }
}
