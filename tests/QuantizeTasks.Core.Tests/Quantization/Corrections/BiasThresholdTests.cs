using QuantizeTasks.Quantization.Corrections;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class BiasThresholdTests
{
    [TestMethod]
    [DataRow(null, true)]
    [DataRow(2.0, true)]
    [DataRow(1.5, false)]
    [DataRow(0.1, false)]
    [DataRow(0.0, false)]
    public void Apply_LargestShiftIsThreeHalvesOfLargestBias_DecidesByThreshold(double? threshold, bool applies)
    {
        // POT would leave this layer out whatever the threshold: one of its biases is zero.
        CollectionAssert.AreEqual(applies ? new double[] { 4, 3, -1 } : [1, 0, -2], BiasThreshold.Apply([1, 0, -2], [3, 3, 1], threshold));
    }

    [TestMethod]
    public void Apply_NoBias_IsTheShift()
    {
        CollectionAssert.AreEqual(new double[] { 3 }, BiasThreshold.Apply(null, [3], 2));
        CollectionAssert.AreEqual(new double[] { 3 }, BiasThreshold.Apply([0], [3], 2));
        Assert.IsNull(BiasThreshold.Apply(null, [3], 0));
    }
}
