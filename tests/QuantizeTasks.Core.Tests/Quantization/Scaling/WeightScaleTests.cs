using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Scaling;

[TestClass]
public sealed class WeightScaleTests
{
    private static readonly QuantizerLevels Narrow = QuantizerLevels.Of(8, isNarrow: true);

    /// <summary>POT's <c>levels = |high| + |low| + 1</c> and the defaults of low and high.</summary>
    [TestMethod]
    [DataRow(8, true, null, null, -127, 127, 255, 127, DisplayName = "symmetric weights are narrow")]
    [DataRow(8, false, null, null, -128, 127, 256, 127)]
    [DataRow(16, true, null, null, -32767, 32767, 65535, 32767)]
    [DataRow(16, false, null, null, -32768, 32767, 65536, 32767)]
    [DataRow(8, false, 0, 255, 0, 255, 256, 127, DisplayName = "unsigned")]
    [DataRow(8, true, -128, 127, -128, 127, 256, 127, DisplayName = "given levels count")]
    [DataRow(8, true, -64, 63, -64, 63, 128, 63, DisplayName = "seven bits")]
    [DataRow(8, true, -7, 7, -7, 7, 15, 7, DisplayName = "four bits, narrow")]
    public void Levels_AreCountedAsPotDoes(int bits, bool isNarrow, int? low, int? high, int lowest, int highest, int count, int onEachSide)
    {
        var levels = QuantizerLevels.Of(bits, isNarrow, low, high);

        Assert.AreEqual((lowest, highest, count, onEachSide), (levels.Low, levels.High, levels.Count, levels.OnEachSide));
    }

    /// <summary>The worked vector of POT's floors: |max| {0, 0.5, 2, 0.001} gives M {0.02, 0.5, 2, 0.02}.</summary>
    [TestMethod]
    public void Symmetric_NarrowChannels_GetOnePercentOfTheWidest()
    {
        var scales = WeightScale.Symmetric([0, 0.5f, 2, 0.001f], Narrow);

        float[] expected = [0.02f / 127, 0.5f / 127, 2f / 127, 0.02f / 127];
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], scales[i].Scale, expected[i] * 1e-6f);
    }

    /// <summary>
    /// NNCF's vectors of a magnitude and a scale for narrow symmetric int8, zero point 0. For a range without extent NNCF gives the smallest scale there is and the zero points
    /// -127 and -128; POT's ranges have the floor 8e-5 instead, and that rule is the one tested here (last rows).
    /// </summary>
    [TestMethod]
    [DataRow(8e-5f, 6.3e-7)]
    [DataRow(10f, 0.07874016)]
    [DataRow(0.99720991f, 0.99720991 / 127)]
    [DataRow(0f, 8e-5 / 127)]
    [DataRow(1f, 1.0 / 127)]
    public void Symmetric_VectorOfNncf_IsTheSame(float magnitude, double scale)
    {
        var found = WeightScale.Symmetric([magnitude], Narrow).Single();

        Assert.AreEqual(scale, found.Scale, scale * 1e-3);
        Assert.AreEqual((QuantizedType.Int8, 0), (found.Type, found.ZeroPoint));
    }

    /// <summary>NNCF's reference scales of a first convolution without and with the overflow fix, and of its second convolution; and the magnitude 0.99720991 with half of its range.</summary>
    [TestMethod]
    [DataRow(0.00768207, 0.01536413)]
    [DataRow(0.00746091, 0.01492182)]
    [DataRow(0.99720991 / 127, 1.99441981 / 127)]
    public void HalfRange_Scale_IsDoubled(double scale, double doubled) =>
        Assert.AreEqual(doubled, WeightScale.HalfRange(new(QuantizedType.Int8, (float)scale, 0)).Scale, doubled * 1e-6);

    [TestMethod]
    public void HalfRange_AnyWeights_AreStoredWithin64()
    {
        var random = new Random(3);
        for (var i = 0; i < 1000; i++)
        {
            var magnitude = (float)Math.Exp((random.NextDouble() * 20) - 9);
            var scale = WeightScale.HalfRange(WeightScale.Symmetric([magnitude], Narrow)[0]);
            var weight = magnitude * ((2 * random.NextSingle()) - 1);

            Assert.IsLessThanOrEqualTo(64, Math.Max(WeightScale.Quantize(magnitude, scale, Narrow), -WeightScale.Quantize(-magnitude, scale, Narrow)));
            Assert.IsLessThanOrEqualTo(scale.Scale / 2 * 1.0001, Math.Abs((WeightScale.Quantize(weight, scale, Narrow) * (double)scale.Scale) - weight));
        }
    }

    /// <summary>The asymmetric vectors of POT in int8: zero points 128 below those of uint8. Each channel stands for itself.</summary>
    [TestMethod]
    public void Asymmetric_WorkedVectors_GiveEachChannelItsZeroPoint()
    {
        var scales = WeightScale.Asymmetric([(-0.5f, 3), (-2, 6), (-0.1f, 5), (1, 3), (-3, -1), (0, 0)], QuantizerLevels.Of(8));

        CollectionAssert.AreEqual(new[] { 36 - 128, 64 - 128, 5 - 128, -128, 127, 0 }, scales.Select(s => s.ZeroPoint).ToArray());
        double[] expected = [0.013888889, 0.031413613, 0.02, 0.011764706, 0.011764706, 6.2992e-6];
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], scales[i].Scale, expected[i] * 1e-4);
    }

    /// <summary>Against the definition: with any levels, every value of the range comes back within half a step, and zero exactly.</summary>
    [TestMethod]
    [DataRow(8, -128, 127)]
    [DataRow(8, -100, 101)]
    [DataRow(8, -8, 7)]
    [DataRow(16, -32768, 32767)]
    public void Asymmetric_AnyWeights_ComeBackWithinHalfAStep(int bits, int low, int high)
    {
        var (random, levels) = (new Random(4), QuantizerLevels.Of(bits, isNarrow: false, low, high));
        for (var i = 0; i < 1000; i++)
        {
            var (one, other) = ((random.NextSingle() * 4) - 2, (random.NextSingle() * 4) - 2);
            var scale = WeightScale.Asymmetric([(Math.Min(one, other), Math.Max(one, other))], levels)[0];
            var weight = Math.Min(one, other) + (Math.Abs(one - other) * random.NextSingle());
            var stored = WeightScale.Quantize(weight, scale, levels);

            Assert.AreEqual(scale.ZeroPoint, WeightScale.Quantize(0, scale, levels), "zero is exact");
            Assert.IsTrue(stored >= low && stored <= high && scale.ZeroPoint >= low && scale.ZeroPoint <= high);
            // At the borders half a step more: a range that ends in a level next to zero is not widened (its zero point would leave the levels).
            Assert.IsLessThanOrEqualTo(scale.Scale * 1.001, Math.Abs(((stored - scale.ZeroPoint) * (double)scale.Scale) - weight));
        }
    }

    [TestMethod]
    public void Symmetric_AllZero_GivesTheAbsoluteFloor() =>
        Assert.AreEqual(8e-5f / 127, WeightScale.Symmetric([0, 0], Narrow)[1].Scale, 1e-12f);

    [TestMethod]
    public void Symmetric_AllLevels_AreThoseOfTheNarrowRange() =>
        Assert.AreEqual(WeightScale.Symmetric([0.7f], Narrow)[0], WeightScale.Symmetric([0.7f], QuantizerLevels.Of(8))[0], "-128 would have no counterpart");

    [TestMethod]
    [DataRow(1.27f, 0.01f, 127)]
    [DataRow(-1.27f, 0.01f, -127)]
    [DataRow(-5f, 0.01f, -127, DisplayName = "never -128: the range is narrow")]
    [DataRow(1.5f / 64, 1f / 64, 2, DisplayName = "1.5 rounds to even")]
    [DataRow(2.5f / 64, 1f / 64, 2, DisplayName = "2.5 rounds to even")]
    [DataRow(0f, 0.01f, 0)]
    public void Quantize_Weight_RoundsToNearestInNarrowRange(float weight, float scale, int expected) =>
        Assert.AreEqual(expected, WeightScale.Quantize(weight, new(QuantizedType.Int8, scale, 0), Narrow));
}
