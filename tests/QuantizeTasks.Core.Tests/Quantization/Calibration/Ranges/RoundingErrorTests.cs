using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Calibration.Ranges;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Calibration.Ranges;

/// <summary>The costs of ranges against what a scalar loop over all values gives.</summary>
[TestClass]
public sealed class RoundingErrorTests
{
    [TestMethod]
    [DataRow(0, false)]
    [DataRow(0, true)]
    [DataRow(1, false)]
    [DataRow(2, true)]
    public void Squared_ManyRanges_IsTheSumOverAllValues(int kind, bool is16Bit)
    {
        var values = Values(kind);
        var moments = new HistogramMoments(Of(values));
        var (levels, type) = is16Bit ? (65536, QuantizedType.UInt16) : (256, QuantizedType.UInt8);
        foreach (var share in (double[])[1, 0.8, 0.5, 0.25, 0.1])
        {
            var (low, high) = (values.Min() * share, values.Max() * share);
            foreach (var scale in (TensorScale[])[QuantizerRange.Symmetric(high, low >= 0, levels).ToScale(type), QuantizerRange.Asymmetric(low, high, levels).ToScale(type)])
            {
                var expected = values.Sum(v => Math.Pow(v - Stored(v, scale), 2));
                Assert.AreEqual(expected, RoundingError.Squared(moments, scale), 0.03 * expected, $"{scale}");
            }
        }
    }

    [TestMethod]
    public void Squared_ZerosOnly_IsNothing() =>
        Assert.AreEqual(0, RoundingError.Squared(new HistogramMoments(Of([0, 0, 0])), QuantizerRange.Symmetric(1, true).ToScale(QuantizedType.UInt8)));

    /// <summary>A long tail: no other share of the extremes, tried one by one on the values themselves, has a smaller error.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Search_LongTail_FindsTheRangeOfLeastError(bool isSymmetric)
    {
        var values = Values(2);
        var histogram = Of(values);
        var moments = new HistogramMoments(histogram);
        var found = RangeSearch.Find(histogram, new(isSymmetric), scale => RoundingError.Squared(moments, scale));
        double True(QuantizerRange range) => values.Sum(v => Math.Pow(v - Stored(v, range.ToScale(QuantizedType.UInt8)), 2));

        var whole = isSymmetric ? QuantizerRange.Symmetric(values.Max(Math.Abs), false) : QuantizerRange.Asymmetric(values.Min(), values.Max());
        Assert.IsLessThan(0.95 * True(whole), True(found));
        for (var share = 0.02; share <= 1; share += 0.02)
            if (isSymmetric)
                Assert.IsLessThanOrEqualTo(1.03 * True(QuantizerRange.Symmetric(values.Max(Math.Abs) * share, false)), True(found));
            else
                for (var other = 0.02; other <= 1; other += 0.14)
                    Assert.IsLessThanOrEqualTo(1.05 * True(QuantizerRange.Asymmetric(values.Min() * other, values.Max() * share)), True(found));
    }

    [TestMethod]
    public void Search_EvenlySpread_KeepsTheWholeRange()
    {
        var values = Enumerable.Range(0, 10_000).Select(i => i / 9999f).ToArray();
        var histogram = Of(values);
        var moments = new HistogramMoments(histogram);
        var found = RangeSearch.Find(histogram, new(IsSymmetric: true), scale => RoundingError.Squared(moments, scale));
        Assert.AreEqual(1, found.High, 0.01);
        Assert.AreEqual(0, found.Low);
    }

    [TestMethod]
    public void Moments_UpToAnyBound_AreThoseOfTheValues()
    {
        var values = Values(0);
        var moments = new HistogramMoments(Of(values));
        for (var bound = -4.0; bound <= 4; bound += 0.173)
        {
            var below = values.Where(v => v <= bound && v != 0).Select(v => (double)v).ToArray();
            var found = moments.UpTo(bound);
            Assert.AreEqual(below.Length, found.Count, 12, $"{bound}");
            Assert.AreEqual(below.Sum(), found.Sum, 12 * Math.Abs(bound) + 1e-6, $"{bound}");
            Assert.AreEqual(below.Sum(v => v * v), found.SquareSum, (12 * bound * bound) + (1e-4 * values.Length), $"{bound}");
        }
    }

    private static double Stored(double value, TensorScale scale) =>
        (Math.Clamp(Math.Round(value / scale.Scale, MidpointRounding.ToEven) + scale.ZeroPoint, scale.Type.Lowest(), scale.Type.Highest()) - scale.ZeroPoint) * scale.Scale;

    /// <summary>0: normal; 1: behind a ReLU; 2: a long tail.</summary>
    private static float[] Values(int kind)
    {
        var random = new Random(kind);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, 40_000).Select(_ => kind switch
        {
            0 => (float)Normal(),
            1 => (float)Math.Max(0, Normal()),
            _ => (float)(Math.Sign(random.NextDouble() - 0.5) * Math.Pow(Math.Log(1 - random.NextDouble()), 2)),
        })];
    }

    private static Histogram Of(float[] values)
    {
        var accumulator = new HistogramAccumulator();
        accumulator.Add(values);
        return accumulator.Finish();
    }
}
