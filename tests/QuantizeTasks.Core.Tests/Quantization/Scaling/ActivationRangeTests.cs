using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Scaling;

[TestClass]
public sealed class ActivationRangeTests
{
    /// <summary>The worked vectors of POT's rules for an asymmetric 8-bit activation: a, b, zero point, low, high, scale.</summary>
    [TestMethod]
    [DataRow(-1, 1, 128, -1.0078740, 1, 0.007874016)]
    [DataRow(-0.5, 3, 36, -0.5, 3.0416667, 0.013888889)]
    [DataRow(-2, 6, 64, -2.0104712, 6, 0.031413613)]
    [DataRow(-3.3, 0.7, 210, -3.3, 0.7071429, 0.015714286)]
    [DataRow(-0.1, 5, 5, -0.1, 5, 0.02)]
    [DataRow(1, 3, 0, 0, 3, 0.011764706)]
    [DataRow(-3, -1, 255, -3, 0, 0.011764706)]
    [DataRow(0, 0, 128, -0.000806299, 0.0008, 6.2992e-6)]
    [DataRow(-0.001, 1, 0, -0.001, 1, 0.003925490)]
    public void Asymmetric_WorkedVector_MatchesRule(double a, double b, int zeroPoint, double low, double high, double scale)
    {
        var range = ActivationRange.Asymmetric(a, b);
        var stored = range.ToUInt8();

        Assert.AreEqual(low, range.Low, Math.Abs(low) * 1e-6);
        Assert.AreEqual(high, range.High, Math.Abs(high) * 1e-6);
        Assert.AreEqual(scale, stored.Scale, scale * 1e-4);
        Assert.AreEqual(zeroPoint, stored.ZeroPoint);
    }

    [TestMethod]
    public void Symmetric_Signed_HasZeroPoint128AndScaleOver127()
    {
        var range = ActivationRange.Symmetric(1, isNonNegative: false);

        Assert.AreEqual(-1.007874016, range.Low, 1e-8);
        Assert.AreEqual(1, range.High);
        Assert.AreEqual(new TensorScale(QuantizedType.UInt8, 1f / 127, 128), range.ToUInt8());
    }

    [TestMethod]
    public void Symmetric_NonNegative_UsesAllLevelsAboveZero()
    {
        var stored = ActivationRange.Symmetric(5.1, isNonNegative: true).ToUInt8();

        Assert.AreEqual(0, stored.ZeroPoint);
        Assert.AreEqual(0.02, stored.Scale, 1e-8);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Symmetric_AllZeroTensor_KeepsAUsableScale(bool isNonNegative)
    {
        var stored = ActivationRange.Symmetric(0, isNonNegative).ToUInt8();

        Assert.AreEqual(8e-5 / (isNonNegative ? 255 : 127), stored.Scale, 1e-10);
        Assert.IsTrue(float.IsNormal(stored.Scale));
    }

    /// <summary>ONNX Runtime drops a Clip(0, 6) before a quantizer only when the quantizer's range, computed in float, lies within it.</summary>
    [TestMethod]
    public void Symmetric_NonNegative_NeverReachesAboveTheMagnitude()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var magnitude = (float)Math.Exp((random.NextDouble() * 20) - 9);
            var stored = ActivationRange.Symmetric(magnitude, isNonNegative: true).ToUInt8();
            Assert.IsLessThanOrEqualTo(magnitude, stored.High, $"magnitude {magnitude:R}");
        }
    }

    [TestMethod]
    public void Asymmetric_AnyRange_CoversItAndHasExactZeroAndNormalScale()
    {
        var random = new Random(2);
        for (var i = 0; i < 10_000; i++)
        {
            var (one, other) = (Wide(random), Wide(random));
            var (low, high) = (Math.Min(one, other), Math.Max(one, other));
            var range = ActivationRange.Asymmetric(low, high);
            var stored = range.ToUInt8();

            Assert.IsTrue(float.IsNormal(stored.Scale) && stored.Scale > 0, $"[{low:R}, {high:R}] gave the scale {stored.Scale:R}");
            Assert.IsTrue(range.Low <= Math.Min(low, 0) && range.High >= Math.Max(high, 0), $"[{low:R}, {high:R}] became [{range.Low:R}, {range.High:R}]");
            // The zero point is an integer, so 0 is stored exactly; the ends move by no more than half a step.
            Assert.IsTrue(stored.Low <= range.Low + (stored.Scale * 0.51) && stored.High >= range.High - (stored.Scale * 0.51), $"[{range.Low:R}, {range.High:R}] is stored as [{stored.Low:R}, {stored.High:R}]");
        }
    }

    private static double Wide(Random random) => Math.Exp((random.NextDouble() * 24) - 12) * (random.Next(2) == 0 ? -1 : 1);
}
