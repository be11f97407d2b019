using QuantizeTasks.Comparison;

namespace QuantizeTasks.Tests.Comparison;

[TestClass]
public sealed class OutputSumsTests
{
    [TestMethod]
    public void Of_TwoVectors_GivesTheFiguresCalculatedByHand()
    {
        // energy 1 + 4 + 4 = 9, noise 0 + 0.01 + 0.04 = 0.05; dot 1 + 4.2 + 3.6 = 8.8, other energy 1 + 4.41 + 3.24 = 8.65
        var difference = OutputSums.Of(Tensor.Create([1.0, 2, 2], 1, 3), Tensor.Create([1.0, 2.1, 1.8], 1, 3)).Difference("a", "b");
        Assert.AreEqual(10 * Math.Log10(9 / 0.05), difference.SignalToNoise, 1e-9);
        Assert.AreEqual(8.8 / Math.Sqrt(9 * 8.65), difference.Cosine, 1e-12);
        Assert.AreEqual(0.2, difference.LargestDifference, 1e-12);
        Assert.AreEqual((1.0, 1L), (difference.Agreement, difference.Predictions), "of the equal largest two of the first model the earlier one counts");
    }

    [TestMethod]
    public void Of_Equal_IsInfinitelyClose()
    {
        var tensor = Tensor.Create([1f, float.PositiveInfinity, 0f], 1, 3);
        var difference = OutputSums.Of(tensor, tensor).Difference("a", "a");
        Assert.AreEqual((double.PositiveInfinity, 1.0, 0.0, 1.0), (difference.SignalToNoise, difference.Cosine, difference.LargestDifference, difference.Agreement));
    }

    [TestMethod]
    public void Of_NotANumber_IsNotFiniteAndNotEqual()
    {
        var difference = OutputSums.Of(Tensor.Create([float.NaN, 1f], 1, 2), Tensor.Create([1f, 1f], 1, 2)).Difference("a", "a");
        Assert.IsTrue(double.IsNaN(difference.SignalToNoise));
        Assert.IsTrue(double.IsNaN(difference.Cosine));
    }

    [TestMethod]
    [DataRow(new[] { 1, 2, 1, 3 }, 2 / 3.0, 3L, DisplayName = "an image: along the second axis")]
    [DataRow(new[] { 1, 3, 2 }, 1 / 3.0, 3L, DisplayName = "a text: along the last axis")]
    [DataRow(new[] { 3, 2 }, 1 / 3.0, 3L, DisplayName = "classes: along the second axis")]
    [DataRow(new[] { 1, 1, 2, 3 }, null, 0L, DisplayName = "one channel: no prediction")]
    [DataRow(new[] { 6 }, null, 0L, DisplayName = "one axis: no prediction")]
    public void Of_Shape_DecidesWhereClassesAre(int[] shape, double? agreement, long predictions)
    {
        // The image has the places (1,4) (2,1) (3,9) against (1,4) (2,5) (3,9): two of three agree. Text and classes have (1,2) (3,4) (1,9) against (2,1) (4,3) (1,9): one does.
        var first = new float[] { 1, 2, 3, 4, 1, 9 };
        var second = shape is [1, 2, 1, 3] ? new float[] { 1, 2, 3, 4, 5, 9 } : new float[] { 2, 1, 4, 3, 1, 9 };
        var difference = OutputSums.Of(Tensor.Create(first, shape), Tensor.Create(second, shape)).Difference("a", "a");
        Assert.AreEqual(predictions, difference.Predictions);
        if (agreement is { } share)
            Assert.AreEqual(share, difference.Agreement!.Value, 1e-12);
        else
            Assert.IsNull(difference.Agreement);
    }

    [TestMethod]
    public void Of_Integers_CountsEqualOnes()
    {
        var difference = OutputSums.Of(Tensor.Create([1L, 2, 3, 4], 4), Tensor.Create([1L, 2, 0, 4], 4)).Difference("a", "a");
        Assert.AreEqual((0.75, 4L), (difference.Agreement, difference.Predictions));
    }

    [TestMethod]
    public void Sum_OfSamples_AddsEnergiesAndAveragesCosines()
    {
        var sum = OutputSums.Of(Tensor.Create([1.0, 0], 1, 2), Tensor.Create([1.0, 0], 1, 2)) + OutputSums.Of(Tensor.Create([0.0, 1], 1, 2), Tensor.Create([1.0, 0], 1, 2));
        var difference = sum.Difference("a", "a");
        Assert.AreEqual(10 * Math.Log10(2.0 / 2), difference.SignalToNoise, 1e-12);
        Assert.AreEqual((0.5, 0.5, 1.0), (difference.Cosine, difference.Agreement!.Value, difference.LargestDifference));
    }
}
