using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Tests.Quantization.Calibration;

[TestClass]
public sealed class HistogramTests
{
    [TestMethod]
    public void Add_AnyOrderAndDivision_GivesTheSameHistogram()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var values = Values(random, seed);
            var expected = Of([values]);
            random.Shuffle(values);
            var parts = new List<float[]>();
            for (var from = 0; from < values.Length;)
            {
                var length = Math.Min(values.Length - from, random.Next(1, 400));
                parts.Add(values[from..(from + length)]);
                from += length;
            }
            Assert.AreEqual(expected, Of(parts), $"seed {seed}");
            Assert.AreEqual(expected, Histogram.Merge([.. parts.Select(part => Of([part]))]), $"seed {seed}");
        }
    }

    [TestMethod]
    public void Add_FromSeveralThreads_LosesNothing()
    {
        var parts = Enumerable.Range(0, 64).Select(i => Values(new Random(i), i)).ToArray();
        var accumulator = new HistogramAccumulator();
        Parallel.ForEach(parts, new ParallelOptions { MaxDegreeOfParallelism = 8 }, part => accumulator.Add(part));
        Assert.AreEqual(Of(parts), accumulator.Finish());
    }

    /// <summary>Every value counted by hand in the bin whose borders hold it.</summary>
    [TestMethod]
    public void Finish_EachBin_HoldsTheValuesWithinItsBorders()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var values = Values(new Random(seed), seed);
            var histogram = Of([values]);
            Assert.AreEqual(values.Length, histogram.Total);
            Assert.AreEqual(values.Count(v => v == 0), histogram.Zeros);
            Assert.AreEqual((values.Min(), values.Max()), (histogram.Minimum, histogram.Maximum));
            Assert.IsLessThanOrEqualTo(HistogramAccumulator.Bins, histogram.Counts.Length);
            var byBin = values.Where(v => v != 0).GroupBy(v => (int)Math.Floor((double)v / Math.Pow(2, histogram.Exponent)) - histogram.First).ToDictionary(g => g.Key, g => (long)g.Count());
            for (var bin = 0; bin < histogram.Counts.Length; bin++)
                Assert.AreEqual(byBin.GetValueOrDefault(bin), histogram.Counts[bin], $"seed {seed}, bin {bin}");
        }
    }

    [TestMethod]
    public void Finish_Range_TakesAtLeastHalfOfTheBins()
    {
        foreach (var scale in (float[])[1e-6f, 0.37f, 1, 5.99f, 3e8f])
        {
            var histogram = Of([[.. Enumerable.Range(0, 1000).Select(i => scale * i / 999)]]);
            Assert.IsGreaterThanOrEqualTo(HistogramAccumulator.Bins / 2, histogram.Counts.Length, $"{scale}");
        }
    }

    [TestMethod]
    public void Quantile_OfManyValues_IsTheSortedOneWithinABin()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var values = Values(new Random(seed), seed);
            var histogram = Of([values]);
            var sorted = values.Order().ToArray();
            var magnitudes = values.Select(Math.Abs).Order().ToArray();
            foreach (var level in (double[])[0.01, 0.3, 0.5, 0.9, 0.999])
            {
                AssertWithin(sorted, level, histogram.Quantile(level), histogram.Width);
                AssertWithin(magnitudes, level, histogram.AbsoluteQuantile(level), histogram.Width);
            }
        }
    }

    [TestMethod]
    public void Quantile_MostlyZeros_IsZero()
    {
        var histogram = Of([[.. Enumerable.Repeat(0f, 900), .. Enumerable.Range(1, 100).Select(i => i / 10f)]]);
        Assert.AreEqual(0, histogram.Quantile(0.5));
        Assert.AreEqual(0, histogram.AbsoluteQuantile(0.5), 1e-3);
        Assert.AreEqual(9, histogram.Quantile(0.99), 0.1 + histogram.Width);
    }

    [TestMethod]
    public void Add_ExtremeMagnitudes_StaysWithinItsBins()
    {
        foreach (var values in (float[][])[[float.Epsilon, 0], [float.MaxValue, float.MinValue], [1e30f, 1e30f], [1000, 1000.0001f], [-float.Epsilon], [0], [1e-38f, 1e38f]])
            Assert.AreEqual(values.Length, Of([values, values]).Total / 2, string.Join(", ", values));
    }

    /// <summary>The value lies between the values whose ranks are nearest, give or take a bin.</summary>
    private static void AssertWithin(float[] sorted, double level, double actual, double width)
    {
        var rank = level * sorted.Length;
        var (low, high) = (sorted[Math.Max(0, (int)Math.Floor(rank) - 1)], sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(rank))]);
        Assert.IsTrue(actual >= low - width && actual <= high + width, $"{actual} is not within [{low}, {high}] at {level}");
    }

    private static float[] Values(Random random, int seed)
    {
        var scale = (float)Math.Pow(10, random.Next(-6, 7));
        return [.. Enumerable.Range(0, random.Next(1, 3000)).Select(i => (seed % 5) switch
        {
            0 => (float)(random.NextDouble() - 0.5) * scale,
            1 => Math.Max(0, (float)(random.NextDouble() - 0.5) * scale),
            2 => i % 100 == 0 ? scale * 50 : (float)random.NextDouble() * scale,
            3 => random.Next(-3, 4) * scale,
            _ => (float)Math.Pow(10, (random.NextDouble() * 70) - 36) * random.Next(-1, 2),
        })];
    }

    private static Histogram Of(IEnumerable<float[]> parts)
    {
        var accumulator = new HistogramAccumulator();
        foreach (var part in parts)
            accumulator.Add(part);
        return accumulator.Finish();
    }
}
