using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Calibration.Ranges;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Calibration.Ranges;

[TestClass]
public sealed class DivergenceTests
{
    /// <summary>Small enough to be written out: bins of width 1 from 0 to 8, a scale of 2, so that a level holds two bins.</summary>
    [TestMethod]
    public void Of_AFewBins_IsTheSumWrittenOut()
    {
        // Values 0.5, 1.5, ... 7.5 so often; levels are [0, 1), [1, 3), [3, 5), [5, 7), [7, 8].
        var histogram = new Histogram(0, 0, [4, 2, 6, 0, 8, 1, 3, 5], 100, 0.25f, 8);
        var scale = new TensorScale(QuantizedType.UInt8, 2, 0);
        const double n = 29;
        var expected = Terms(n, (4, 4, 1), (2, 8, 2), (6, 8, 2), (8, 8, 1), (1, 4, 2), (3, 4, 2), (5, 5, 1));
        Assert.AreEqual(expected, Divergence.Of(histogram, scale), 1e-12);
    }

    /// <summary>What ONNX Runtime's calibrator does not do: a far outlier is given up, and an even distribution is not clipped.</summary>
    [TestMethod]
    public void Search_FarOutlier_IsClippedAndEvenValuesAreNot()
    {
        var random = new Random(1);
        var even = Enumerable.Range(0, 100_000).Select(_ => (float)random.NextDouble()).ToArray();
        Assert.AreEqual(1, Best(even).High, 0.02);
        Assert.IsLessThan(10, Best([.. even, 40f]).High);
    }

    private static QuantizerRange Best(float[] values)
    {
        var accumulator = new HistogramAccumulator();
        accumulator.Add(values);
        var histogram = accumulator.Finish();
        return RangeSearch.Find(histogram, new(IsSymmetric: true), scale => Divergence.Of(histogram, scale));
    }

    private static double Terms(double n, params (double Bin, double Level, int Filled)[] terms) =>
        terms.Sum(t => t.Bin / n * Math.Log(t.Bin / n / (t.Level / t.Filled / n)));
}
