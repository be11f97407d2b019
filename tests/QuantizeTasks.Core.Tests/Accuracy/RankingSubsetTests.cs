using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class RankingSubsetTests
{
    // The vectors of the subset tests of NNCF's accuracy control, whose order is POT's.
    [TestMethod]
    [DataRow(new[] { -.1, .02, .2, .1, .05 }, 4, new[] { 1, 2, 3, 4 })]
    [DataRow(new[] { 1.0, 2, 1, 2, 3, 1 }, 4, new[] { 1, 3, 4, 5 })]
    [DataRow(new[] { 1.0, 1, 1, 1 }, 3, new[] { 1, 2, 3 })]
    [DataRow(new[] { 1.0, 2, 3 }, 0, new int[0])]
    [DataRow(new[] { 1.0, 2, 3 }, 10, new[] { 0, 1, 2 })]
    [DataRow(new double[0], 3, new int[0])]
    public void Hardest_ReferenceVectors_AreChosenInPotsOrder(double[] degradation, int size, int[] expected)
    {
        var zero = new double[degradation.Length];
        CollectionAssert.AreEqual(expected, RankingSubset.Hardest(degradation, zero, higherIsBetter: true, size).Order().ToArray());
        CollectionAssert.AreEqual(expected, RankingSubset.Hardest(zero, degradation, higherIsBetter: false, size).Order().ToArray());
    }

    [TestMethod]
    public void Hardest_Gain_RanksBelowNoChange() =>
        CollectionAssert.AreEqual(new[] { 0, 2 }, RankingSubset.Hardest([1, 0, 1], [0.9, 1, 1], higherIsBetter: true, 2).ToArray());

    [TestMethod]
    public void Hardest_Order_IsTheHardestFirstAndTheLaterOfEqualOnes() =>
        CollectionAssert.AreEqual(new[] { 4, 3, 1, 5 }, RankingSubset.Hardest([1, 2, 1, 2, 3, 1], [0, 0, 0, 0, 0, 0], higherIsBetter: true, 4).ToArray());

    [TestMethod]
    public void Hardest_UndefinedValues_RankLast() =>
        CollectionAssert.AreEqual(new[] { 2, 4 }, RankingSubset.Hardest([double.NaN, 1, 1, 1, 5], [0, double.NaN, 0.5, 2, 4], higherIsBetter: true, 2).Order().ToArray());

    [TestMethod]
    public void Hardest_EqualInfinities_AreNoDegradation() =>
        CollectionAssert.AreEqual(new[] { 1 }, RankingSubset.Hardest([double.PositiveInfinity, 1], [double.PositiveInfinity, 0.5], higherIsBetter: true, 1).ToArray());

    [TestMethod]
    public void Hardest_UnequalLengths_Throws() => Assert.ThrowsExactly<ArgumentException>(() => RankingSubset.Hardest([1], [1, 2], true, 1));

    [TestMethod]
    public void Choose_ComparisonSubset_AlignsBySampleAndNotByPosition()
    {
        var metric = new MeanMetric("accuracy");
        var reference = new Evaluation([1, 3, 4], [new MetricEvaluation(metric, [[1.0], [1.0], [1.0]])]);
        var current = new Evaluation([0, 1, 2, 3, 4], [new MetricEvaluation(metric, [[0.0], [0.9], [0.0], [0.2], [0.5]])]);
        CollectionAssert.AreEqual(new[] { 3, 4 }, RankingSubset.Choose(reference, current, 0, 2).ToArray());
    }

    [TestMethod]
    public void ComparisonSubset_BaselinesMeasured_IsEverything()
    {
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, ComparisonSubset.Choose(4, 0.5, baselinesStated: false).ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, ComparisonSubset.Choose(4, 1, baselinesStated: true).ToArray());
        Assert.IsEmpty(ComparisonSubset.Choose(0, 0.5, baselinesStated: true));
    }

    [TestMethod]
    public void ComparisonSubset_BaselinesStated_IsAFixedShuffleOfTheRatio()
    {
        var subset = ComparisonSubset.Choose(1000, 0.25, baselinesStated: true);
        Assert.HasCount(250, subset);
        CollectionAssert.AreEqual(subset.Order().Distinct().ToArray(), subset.ToArray());
        CollectionAssert.AreEqual(subset.ToArray(), ComparisonSubset.Choose(1000, 0.25, true).ToArray());
        Assert.IsGreaterThan(0, subset.Count(i => i >= 750)); // spread over the data, not its beginning: 0 of 250 has a chance of 4^-250
        Assert.HasCount(1, ComparisonSubset.Choose(10, 0.01, baselinesStated: true));
    }
}
