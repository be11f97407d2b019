using QuantizeTasks.Quantization.Corrections;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class LeastSquaresRoundingTests
{
    /// <summary>On layers so small that every combination of integers can be tried.</summary>
    [TestMethod]
    public void Round_SmallLayers_IsCloseToTheBestOfAllRoundings()
    {
        var (found, best, nearest) = (0.0, 0.0, 0.0);
        for (var seed = 0; seed < 60; seed++)
        {
            var (weights, moments, size) = Problem(seed, 2 + (seed % 4), correlation: 0.9);
            var damped = Damped(moments, size);
            var integers = new LeastSquaresRounding([.. moments], size).Round(weights, 0.1, -7, 7);
            var optimum = Best(weights, damped, 0.1);
            var error = Quadratic(weights, integers, damped, 0.1);
            Assert.IsGreaterThanOrEqualTo(optimum - 1e-12, error);
            found += error;
            best += optimum;
            nearest += Quadratic(weights, [.. weights.Select(w => (int)Math.Clamp(Math.Round(w / 0.1), -7, 7))], damped, 0.1);
        }
        Assert.IsLessThan(best * 1.1, found, "on the whole within a tenth of the optimum");
        Assert.IsLessThan(nearest * 0.5, found, "and far from rounding to nearest");
    }

    [TestMethod]
    public void Round_AnyLayer_IsNeverWorseThanNearest()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var (weights, moments, size) = Problem(seed, 1 + (seed * 3), correlation: seed % 3 * 0.45);
            var damped = Damped(moments, size);
            var integers = new LeastSquaresRounding([.. moments], size).Round(weights, 0.05, -9, 12);
            Assert.IsTrue(integers.All(i => i is >= -9 and <= 12));
            Assert.IsLessThanOrEqualTo(Quadratic(weights, [.. weights.Select(w => (int)Math.Clamp(Math.Round(w / 0.05, MidpointRounding.ToEven), -9, 12))], damped, 0.05) + 1e-12, Quadratic(weights, integers, damped, 0.05));
        }
    }

    /// <summary>Inputs that do not correlate give nothing to make up for.</summary>
    [TestMethod]
    public void Round_DiagonalMoments_IsNearest()
    {
        double[] moments = [2, 0, 0, 0, 0, 0, 0, 0, 5];
        CollectionAssert.AreEqual(new[] { 3, -1, 4 }, new LeastSquaresRounding(moments, 3).Round([0.31, -0.14, 0.36], 0.1, -7, 7));
        CollectionAssert.AreEqual(new[] { 3, -1 }, new LeastSquaresRounding(new double[4], 2).Round([0.31, -0.14], 0.1, -7, 7), "an input that is always 0");
    }

    private static (double[] Weights, double[] Moments, int Size) Problem(int seed, int size, double correlation)
    {
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double[] weights = [.. Enumerable.Range(0, size).Select(_ => Normal() * 0.25)];
        var moments = new double[size * size];
        for (var sample = 0; sample < 200; sample++)
        {
            var common = Normal();
            double[] x = [.. Enumerable.Range(0, size).Select(_ => (correlation * common) + ((1 - correlation) * Normal()))];
            for (var i = 0; i < size; i++)
                for (var j = 0; j < size; j++)
                    moments[(i * size) + j] += x[i] * x[j] / 200;
        }
        return (weights, moments, size);
    }

    /// <summary>The problem that is solved has a hundredth of the mean diagonal on the diagonal.</summary>
    private static double[] Damped(double[] moments, int size)
    {
        var mean = Enumerable.Range(0, size).Average(i => moments[(i * size) + i]);
        return [.. moments.Select((m, i) => i / size == i % size ? m + (0.01 * mean) : m)];
    }

    private static double Quadratic(double[] weights, int[] integers, double[] moments, double scale)
    {
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            for (var j = 0; j < weights.Length; j++)
                sum += (weights[i] - (integers[i] * scale)) * moments[(i * weights.Length) + j] * (weights[j] - (integers[j] * scale));
        return sum;
    }

    private static double Best(double[] weights, double[] moments, double scale)
    {
        var best = double.PositiveInfinity;
        var integers = new int[weights.Length];
        Try(0);
        return best;

        void Try(int index)
        {
            if (index == weights.Length)
            {
                best = Math.Min(best, Quadratic(weights, integers, moments, scale));
                return;
            }
            // Three steps to either side of the nearest integer.
            for (var step = -3; step <= 3; step++)
            {
                integers[index] = (int)Math.Clamp(Math.Round(weights[index] / scale) + step, -7, 7);
                Try(index + 1);
            }
        }
    }
}
