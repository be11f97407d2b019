using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Scaling;

[TestClass]
public sealed class WeightScaleTests
{
    /// <summary>The worked vector of POT's floors: |max| {0, 0.5, 2, 0.001} gives M {0.02, 0.5, 2, 0.02}.</summary>
    [TestMethod]
    public void FromMagnitudes_NarrowChannels_GetOnePercentOfTheWidest()
    {
        var scales = WeightScale.FromMagnitudes([0, 0.5f, 2, 0.001f]);

        float[] expected = [0.02f / 127, 0.5f / 127, 2f / 127, 0.02f / 127];
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], scales[i], expected[i] * 1e-6f);
    }

    [TestMethod]
    public void FromMagnitudes_AllZero_GivesTheAbsoluteFloor() =>
        Assert.AreEqual(8e-5f / 127, WeightScale.FromMagnitudes([0, 0])[1], 1e-12f);

    [TestMethod]
    [DataRow(1.27f, 0.01f, 127)]
    [DataRow(-1.27f, 0.01f, -127)]
    [DataRow(-5f, 0.01f, -127, DisplayName = "never -128: the range is narrow")]
    [DataRow(1.5f / 64, 1f / 64, 2, DisplayName = "1.5 rounds to even")]
    [DataRow(2.5f / 64, 1f / 64, 2, DisplayName = "2.5 rounds to even")]
    [DataRow(0f, 0.01f, 0)]
    public void Quantize_Weight_RoundsToNearestInNarrowRange(float weight, float scale, int expected) =>
        Assert.AreEqual(expected, WeightScale.Quantize(weight, scale));
}
