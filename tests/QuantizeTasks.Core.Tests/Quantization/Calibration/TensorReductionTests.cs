using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Tests.Quantization.Calibration;

[TestClass]
public sealed class TensorReductionTests
{
    /// <summary>0..15 of shape (2, 2, 2, 2), the example of POT's own unit tests: the first axis holds two samples of shape (2, 2, 2).</summary>
    private static readonly float[] Worked = [.. Enumerable.Range(0, 16).Select(i => (float)i)];

    [TestMethod]
    public void Reduce_PotsExample_GivesItsVectors()
    {
        CollectionAssert.AreEqual(new float[] { 3, 7, 11, 15 }, PerChannel(Reduction.Maximum));
        AssertNear([0.07, 8.07], [.. Samples(Reduction.Quantile(0.01)).Select(s => s[0])]);
        AssertNear([0.03, 4.03, 8.03, 12.03], PerChannel(Reduction.Quantile(0.01)));
    }

    [TestMethod]
    public void Reduce_RandomTensor_EqualsASortedScalarReduction()
    {
        var random = new Random(7);
        for (var trial = 0; trial < 200; trial++)
        {
            long[] shape = [random.Next(1, 4), random.Next(1, 6), random.Next(1, 30), random.Next(1, 30)];
            var length = (int)shape.Aggregate(1L, (a, b) => a * b);
            // Many ties in every second trial, as behind a ReLU.
            var values = Enumerable.Range(0, length).Select(_ => trial % 2 == 0 ? (float)(random.NextDouble() - 0.3) : Math.Max(0, random.Next(-5, 5))).ToArray();
            int? axis = random.Next(5) is < 4 and var a ? a : null;
            foreach (var kind in Enum.GetValues<ReductionKind>())
            {
                var reduction = new Reduction(kind, axis, kind is ReductionKind.Quantile or ReductionKind.AbsoluteQuantile ? random.NextDouble() : 0);
                var expected = Channels(values, shape, axis).Select(c => Scalar(reduction, c)).ToArray();
                AssertNear(expected, TensorReduction.Reduce(reduction, values, shape));
            }
        }
    }

    [TestMethod]
    public void Quantile_LargeArrays_EqualsSorting()
    {
        var random = new Random(3);
        foreach (var make in (Func<int, float>[])[_ => (float)random.NextDouble(), i => i, i => -i, i => i % 7, _ => 0, i => i % 1000 == 0 ? 1e6f : (float)random.NextDouble()])
            foreach (var level in (double[])[0, 1e-4, 1e-3, 0.01, 0.5, 0.99, 1 - 1e-4, 1])
            {
                var values = Enumerable.Range(0, 50_001).Select(make).ToArray();
                var expected = SortedQuantile(values, level);
                Assert.AreEqual(expected, OrderStatistics.Quantile(values, level), Math.Abs(expected) * 1e-12);
            }
    }

    private static double Scalar(Reduction reduction, double[] values) => reduction.Kind switch
    {
        ReductionKind.Minimum => values.Min(),
        ReductionKind.Maximum => values.Max(),
        ReductionKind.AbsoluteMaximum => values.Max(Math.Abs),
        ReductionKind.Mean => values.Average(),
        ReductionKind.Quantile => SortedQuantile([.. values.Select(v => (float)v)], reduction.Level),
        _ => SortedQuantile([.. values.Select(v => (float)Math.Abs(v))], reduction.Level),
    };

    /// <summary>numpy.quantile(values, level), method "linear", spelt out.</summary>
    private static double SortedQuantile(float[] values, double level)
    {
        var sorted = values.Order().ToArray();
        var position = level * (sorted.Length - 1);
        var (below, above) = ((int)Math.Floor(position), (int)Math.Ceiling(position));
        return sorted[below] + ((position - below) * ((double)sorted[above] - sorted[below]));
    }

    private static IEnumerable<double[]> Channels(float[] values, long[] shape, int? axis)
    {
        if (axis is not { } a)
            return [[.. values.Select(v => (double)v)]];
        var stride = shape.Skip(a + 1).Aggregate(1L, (x, y) => x * y);
        return Enumerable.Range(0, (int)shape[a]).Select(c => values.Where((_, i) => i / stride % shape[a] == c).Select(v => (double)v).ToArray());
    }

    private static IEnumerable<float[]> Samples(Reduction reduction) =>
        [TensorReduction.Reduce(reduction, Worked.AsSpan(0, 8), [1, 2, 2, 2]), TensorReduction.Reduce(reduction, Worked.AsSpan(8), [1, 2, 2, 2])];

    private static float[] PerChannel(Reduction reduction) => [.. Samples(reduction.Along(1)).SelectMany(s => s)];

    private static void AssertNear(double[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-6 * Math.Max(1, Math.Abs(expected[i])));
    }
}
