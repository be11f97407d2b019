using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Scaling;

[TestClass]
public sealed class QuantizerRangeTests
{
    private static readonly (QuantizedType Type, int Levels)[] Types = [(QuantizedType.UInt8, 256), (QuantizedType.Int8, 256), (QuantizedType.UInt16, 65536), (QuantizedType.Int16, 65536)];

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
        var range = QuantizerRange.Asymmetric(a, b);
        var stored = range.ToScale(QuantizedType.UInt8);

        Assert.AreEqual(low, range.Low, Math.Abs(low) * 1e-6);
        Assert.AreEqual(high, range.High, Math.Abs(high) * 1e-6);
        Assert.AreEqual(scale, stored.Scale, scale * 1e-4);
        Assert.AreEqual(zeroPoint, stored.ZeroPoint);
        Assert.AreEqual(new TensorScale(QuantizedType.Int8, stored.Scale, zeroPoint - 128), range.ToScale(QuantizedType.Int8), "the same levels, stored shifted");
    }

    /// <summary>NNCF's vectors (tests/onnx/quantization, scale and zero point of a range) that do not depend on its own rule for empty ranges: low, high, scale, zero point in uint8.</summary>
    [TestMethod]
    [DataRow(-0.0008062992, 0.0008, 6.3e-6, 128)]
    [DataRow(0, 1, 0.00392157, 0)]
    public void ToScale_VectorOfNncf_IsTheSame(double low, double high, double scale, int zeroPoint)
    {
        var stored = new QuantizerRange(low, high, 256).ToScale(QuantizedType.UInt8);

        Assert.AreEqual(scale, stored.Scale, scale * 1e-3);
        Assert.AreEqual(zeroPoint, stored.ZeroPoint);
    }

    /// <summary>NNCF's parameters for values from 0 to .99720991 (numpy's uniform numbers of seed 0), which are POT's: signed with all levels, and unsigned.</summary>
    [TestMethod]
    [DataRow(false, -1.00506198)]
    [DataRow(true, 0)]
    public void Symmetric_UniformNumbersOfNncf_HaveItsRange(bool isNonNegative, double low)
    {
        var range = QuantizerRange.Symmetric(0.99720991, isNonNegative);

        Assert.AreEqual(low, range.Low, 1e-7);
        Assert.AreEqual(0.99720991, range.High);
    }

    /// <summary>Worked vector: M = 1.</summary>
    [TestMethod]
    [DataRow("UInt8", 256, -1.007874016, 127, 128)]
    [DataRow("Int8", 256, -1.007874016, 127, 0)]
    [DataRow("UInt16", 65536, -1.0000305185, 32767, 32768)]
    [DataRow("Int16", 65536, -1.0000305185, 32767, 0)]
    public void Symmetric_Signed_HasItsZeroInTheMiddle(string type, int levels, double low, int steps, int zeroPoint)
    {
        var range = QuantizerRange.Symmetric(1, isNonNegative: false, levels);

        Assert.AreEqual(low, range.Low, 1e-9);
        Assert.AreEqual(1, range.High);
        Assert.AreEqual(new TensorScale(Enum.Parse<QuantizedType>(type), 1f / steps, zeroPoint), range.ToScale(Enum.Parse<QuantizedType>(type)));
    }

    [TestMethod]
    [DataRow("UInt8", 256, 0)]
    [DataRow("Int8", 256, -128)]
    [DataRow("UInt16", 65536, 0)]
    [DataRow("Int16", 65536, -32768)]
    public void Symmetric_NonNegative_UsesAllLevelsAboveZero(string type, int levels, int zeroPoint)
    {
        var stored = QuantizerRange.Symmetric(5.1, isNonNegative: true, levels).ToScale(Enum.Parse<QuantizedType>(type));

        Assert.AreEqual(zeroPoint, stored.ZeroPoint);
        Assert.AreEqual(5.1 / (levels - 1), stored.Scale, 1e-8);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Symmetric_AllZeroTensor_KeepsAUsableScale(bool isNonNegative)
    {
        foreach (var (type, levels) in Types)
        {
            var stored = QuantizerRange.Symmetric(0, isNonNegative, levels).ToScale(type);

            Assert.AreEqual(8e-5 / (isNonNegative ? levels - 1 : (levels / 2) - 1), stored.Scale, 1e-12);
            Assert.IsTrue(float.IsNormal(stored.Scale));
        }
    }

    /// <summary>ONNX Runtime drops a Clip(0, 6) before a quantizer only when the quantizer's range, computed in float, lies within it.</summary>
    [TestMethod]
    public void Symmetric_NonNegative_NeverReachesAboveTheMagnitude()
    {
        var random = new Random(1);
        foreach (var (type, levels) in Types)
            for (var i = 0; i < 3_000; i++)
            {
                var magnitude = (float)Math.Exp((random.NextDouble() * 20) - 9);
                var stored = QuantizerRange.Symmetric(magnitude, isNonNegative: true, levels).ToScale(type);
                Assert.IsLessThanOrEqualTo(magnitude, stored.High, $"magnitude {magnitude:R}");
            }
    }

    [TestMethod]
    public void Asymmetric_AnyRange_CoversItAndHasExactZeroAndNormalScale()
    {
        var random = new Random(2);
        foreach (var (type, levels) in Types)
            for (var i = 0; i < 3_000; i++)
            {
                var (one, other) = (Wide(random), Wide(random));
                var (low, high) = (Math.Min(one, other), Math.Max(one, other));
                var range = QuantizerRange.Asymmetric(low, high, levels);
                var stored = range.ToScale(type);

                Assert.IsTrue(float.IsNormal(stored.Scale) && stored.Scale > 0, $"[{low:R}, {high:R}] gave the scale {stored.Scale:R}");
                Assert.IsTrue(range.Low <= Math.Min(low, 0) && range.High >= Math.Max(high, 0), $"[{low:R}, {high:R}] became [{range.Low:R}, {range.High:R}]");
                Assert.IsTrue(stored.ZeroPoint >= type.Lowest() && stored.ZeroPoint <= type.Highest());
                // The zero point is an integer, so 0 is stored exactly; the ends move by no more than half a step.
                Assert.IsTrue(stored.Low <= range.Low + (stored.Scale * 0.51) && stored.High >= range.High - (stored.Scale * 0.51), $"[{range.Low:R}, {range.High:R}] is stored as [{stored.Low:R}, {stored.High:R}]");
            }
    }

    private static double Wide(Random random) => Math.Exp((random.NextDouble() * 24) - 12) * (random.Next(2) == 0 ? -1 : 1);
}
