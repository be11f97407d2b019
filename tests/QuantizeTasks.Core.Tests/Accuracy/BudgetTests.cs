using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class BudgetTests
{
    private static readonly MeanMetric Accuracy = new("accuracy");
    private static readonly MeanMetric Error = new("rmse", higherIsBetter: false);

    // Drops of the accuracy control tests of NNCF: baseline, value, drop.
    [TestMethod]
    [DataRow(0.2923, 0.3185, -0.0262, true)]
    [DataRow(0.3185, 0.2923, 0.0262, false)]
    [DataRow(-0.2923, -0.3185, 0.0262, false)]
    [DataRow(-0.3185, -0.2923, -0.0262, true)]
    public void Judge_AbsoluteDrop_IsBaselineMinusValue(double baseline, double value, double drop, bool within)
    {
        var verdict = Judge(Accuracy, baseline, value, 0.01, DropType.Absolute);
        Assert.AreEqual(drop, verdict.Drop, 1e-12);
        Assert.AreEqual(within, verdict.WithinBudget);
    }

    [TestMethod]
    [DataRow(0.3185, 0.2923, 0.0822606, false)]
    [DataRow(-0.2923, -0.3185, 0.0896339, false)]
    [DataRow(0.2923, 0.3185, -0.0896339, true)]
    public void Judge_RelativeDrop_IsShareOfAbsoluteBaseline(double baseline, double value, double drop, bool within)
    {
        var verdict = Judge(Accuracy, baseline, value, 0.01, DropType.Relative);
        Assert.AreEqual(drop, verdict.Drop, 1e-6);
        Assert.AreEqual(within, verdict.WithinBudget);
    }

    [TestMethod]
    public void Judge_LowerIsBetter_DropIsTheIncrease()
    {
        Assert.AreEqual(0.5, Judge(Error, 2, 2.5, 0.4, DropType.Absolute).Drop);
        Assert.IsFalse(Judge(Error, 2, 2.5, 0.4, DropType.Absolute).WithinBudget);
        Assert.AreEqual(0.25, Judge(Error, 2, 2.5, 0.25, DropType.Relative).Drop);
        Assert.IsTrue(Judge(Error, 2, 2.5, 0.25, DropType.Relative).WithinBudget);
        Assert.IsTrue(Judge(Error, 2, 1.5, 0, DropType.Absolute).WithinBudget);
    }

    [TestMethod]
    public void Judge_DropThatEqualsTheBudgetInDecimals_Passes()
    {
        // Every accuracy on 1000 samples that lost exactly 5 of them, where doubles say 0.0050000000000000044 as often as 0.005.
        for (var correct = 5; correct <= 1000; correct++)
        {
            Assert.IsTrue(Judge(Accuracy, correct / 1000.0, (correct - 5) / 1000.0, 0.005, DropType.Absolute).WithinBudget, $"{correct} -> {correct - 5}");
            Assert.IsFalse(Judge(Accuracy, correct / 1000.0, (correct - 5) / 1000.0, 0.004999999, DropType.Absolute).WithinBudget);
        }
        // ... and lost exactly an eighth of them.
        for (var correct = 8; correct <= 1000; correct += 8)
            Assert.IsTrue(Judge(Accuracy, correct / 1000.0, correct * 7 / 8 / 1000.0, 0.125, DropType.Relative).WithinBudget);
    }

    [TestMethod]
    public void Judge_OneSampleMoreThanTheBudget_Fails()
    {
        Assert.IsFalse(Judge(Accuracy, 0.881, 0.875, 0.005, DropType.Absolute).WithinBudget);
        Assert.IsFalse(Judge(Accuracy, 0.881, 0.8759999999, 0.005, DropType.Absolute).WithinBudget);
    }

    [TestMethod]
    [DataRow(1e-30, 0.9e-30, 1e-31)]
    [DataRow(1e30, 0.9e30, 1e29)]
    public void Judge_MagnitudesOutsideDecimal_StillCompare(double baseline, double value, double drop) =>
        Assert.AreEqual(drop, Judge(Accuracy, baseline, value, 1, DropType.Absolute).Drop, drop * 1e-9);

    [TestMethod]
    public void Judge_NegativeBudget_AsksForAGain()
    {
        Assert.IsFalse(Judge(Accuracy, 0.5, 1, -1, DropType.Absolute).WithinBudget);
        Assert.IsTrue(Judge(Accuracy, 0.5, 0.6, -0.1, DropType.Absolute).WithinBudget);
    }

    [TestMethod]
    public void Judge_NoBudget_IsNoPass()
    {
        var verdict = Judge(Accuracy, 0.5, 0.9, null, DropType.Absolute);
        Assert.IsFalse(verdict.WithinBudget);
        Assert.AreEqual(-0.4, verdict.Drop, 1e-12);
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.NegativeInfinity)]
    public void Judge_ValueNotFinite_Throws(double value)
    {
        AssertCode(DiagnosticCodes.MetricNotFinite, () => Judge(Accuracy, 0.5, value, 1, DropType.Absolute));
        AssertCode(DiagnosticCodes.MetricNotFinite, () => Judge(Error, 0.5, value, null, DropType.Absolute));
        AssertCode(DiagnosticCodes.MetricNotFinite, () => Judge(Accuracy, value, 0.5, 1, DropType.Absolute));
        AssertCode(DiagnosticCodes.ValueOutOfRange, () => Judge(Accuracy, 0.5, 0.5, value, DropType.Absolute));
    }

    [TestMethod]
    public void Judge_SomeSamplesNotFinite_NamesThem()
    {
        var evaluation = new Evaluation([4, 7, 9], [new MetricEvaluation(Accuracy, [[1.0], [double.NaN], [1.0]])]);
        var e = Assert.ThrowsExactly<QuantizeException>(() => new Budget([Accuracy], [1], 1, DropType.Absolute).Judge(evaluation));
        StringAssert.Contains(e.Message, "on 1 of 3 samples, first 7 ");
    }

    [TestMethod]
    public void Budget_RelativeOfZero_ThrowsAtItsPosition()
    {
        var position = new SourcePosition("quantize.yaml", 14, 19);
        var e = Assert.ThrowsExactly<QuantizeException>(() => new Budget([Accuracy], [0], 0.01, DropType.Relative, position));
        Assert.AreEqual(DiagnosticCodes.RelativeDropOfZero, e.Diagnostics[0].Code);
        Assert.AreEqual(position, e.Diagnostics[0].Position);
        Assert.IsTrue(Judge(Error, 0, 0.01, 0.01, DropType.Absolute).WithinBudget, "an absolute budget does not divide");
    }

    /// <summary>Labels that count from 1, for example: then every model has an accuracy of 0 and nothing can be lost.</summary>
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-0.0)]
    public void Budget_FloatModelThatScoresNothing_CannotBeProven(double baseline)
    {
        var position = new SourcePosition("quantize.yaml", 14, 19);
        var e = Assert.ThrowsExactly<QuantizeException>(() => new Budget([Accuracy], [baseline], 0.01, DropType.Absolute, position));
        Assert.AreEqual((DiagnosticCodes.NothingToLose, position), (e.Diagnostics[0].Code, e.Diagnostics[0].Position));
        Assert.IsFalse(Judge(Accuracy, baseline, 0, -0.5, DropType.Absolute).WithinBudget, "a gain can be asked for");
        Assert.IsFalse(Judge(Accuracy, baseline, 0, null, DropType.Absolute).WithinBudget, "without a budget it is a figure");
    }

    /// <summary>Differences that doubles hold but 15 digits do not, sums that overflow, and the least numbers there are: never a pass by rounding.</summary>
    [TestMethod]
    [DataRow(1e308, -1e308, false)]
    [DataRow(-1e308, 1e308, true)]
    [DataRow(double.Epsilon, 0.0, false)]
    [DataRow(1e-300, 0.9e-300, false)]
    [DataRow(1e300, 0.9e300, false)]
    [DataRow(1.0, 0.99999999999999, false)]
    [DataRow(0.5, -0.0, false)]
    public void Judge_ExtremeValues_AreWithinABudgetOfZeroOnlyWhenNotWorse(double baseline, double value, bool within)
    {
        Assert.AreEqual(within, Judge(Accuracy, baseline, value, 0, DropType.Absolute).WithinBudget);
        Assert.AreEqual(within, Judge(Accuracy, baseline, value, 0, DropType.Relative).WithinBudget);
        Assert.AreEqual(within, Judge(Error, -baseline, -value, 0, DropType.Absolute).WithinBudget, "the same the other way round");
        Assert.AreEqual(within, Judge(Error, -baseline, -value, 0, DropType.Relative).WithinBudget, "the same the other way round");
    }

    /// <summary>Over random values of any sign, against the definition in exact integers: values are millionths.</summary>
    [TestMethod]
    public void Judge_RandomValues_AgreesWithExactArithmetic()
    {
        var random = new Random(5);
        for (var round = 0; round < 20_000; round++)
        {
            var (baseline, value, bound) = (random.NextInt64(-2_000_000, 2_000_000), random.NextInt64(-2_000_000, 2_000_000), random.NextInt64(-50_000, 500_000));
            if (baseline == 0)
                continue;
            var isHigherBetter = random.Next(2) == 0;
            // One round in three is exactly on the edge.
            if (round % 3 == 0)
                value = isHigherBetter ? baseline - bound : baseline + bound;
            var worsening = isHigherBetter ? baseline - value : value - baseline;
            const double unit = 1e6;
            var metric = isHigherBetter ? Accuracy : Error;
            Assert.AreEqual(worsening <= bound, Judge(metric, baseline / unit, value / unit, bound / unit, DropType.Absolute).WithinBudget, $"{baseline} {value} {bound} {isHigherBetter}");
            // worsening / |baseline| <= bound / 1000000 in whole numbers.
            var (left, right) = (worsening * 1_000_000, bound * Math.Abs(baseline));
            Assert.AreEqual(left <= right, Judge(metric, baseline / unit, value / unit, bound / unit, DropType.Relative).WithinBudget, $"{baseline} {value} {bound} {isHigherBetter}, relative");
        }
    }

    [TestMethod]
    public void WithinBudget_MetricsWithAndWithoutABudget_NeedsOneAndHoldsAllThatHave()
    {
        Verdict Verdict(params (double Value, double? Bound)[] metrics) =>
            new Budget([.. metrics.Select(_ => Accuracy)], [.. metrics.Select(_ => 0.5)], [.. metrics.Select(m => new BudgetTerm(m.Bound, DropType.Absolute))]).Judge(Of([.. metrics.Select(m => ((IMetric)Accuracy, m.Value))]));
        Assert.IsFalse(Verdict((0.5, null)).WithinBudget);
        Assert.IsFalse(Verdict((0.5, null), (0.9, null)).WithinBudget, "nothing was asked for, so nothing is proven");
        Assert.IsTrue(Verdict((0.1, null), (0.5, 0)).WithinBudget);
        Assert.IsFalse(Verdict((0.9, 0), (0.4, 0.05), (0.9, 0)).WithinBudget, "a gain in one does not pay for another");
        Assert.AreEqual(1, Verdict((0.1, null), (0.45, 0.1)).Worst, "what has no budget is never the worst");
    }

    [TestMethod]
    public void Worst_SeveralMetrics_IsTheLargestShareOfTheBaselineAboveTheBound()
    {
        // accuracy is 0.02 above its bound of 0.5 (4 %), rmse 0.3 above of 20 (1.5 %).
        var budget = new Budget([Error, Accuracy], [20, 0.5], 0.01, DropType.Absolute);
        var verdict = budget.Judge(Of((Error, 20.31), (Accuracy, 0.47)));
        Assert.AreEqual(1, verdict.Worst);
        Assert.AreEqual(0.015, verdict.Metrics[0].Violation, 1e-12);
        Assert.AreEqual(0.04, verdict.Metrics[1].Violation, 1e-12);
        Assert.IsFalse(verdict.WithinBudget);
        Assert.IsFalse(budget.Judge(Of((Error, 20), (Accuracy, 0.47))).WithinBudget, "one of two is not enough");
        Assert.IsTrue(budget.Judge(Of((Error, 20.01), (Accuracy, 0.49))).WithinBudget);
    }

    private static MetricVerdict Judge(IMetric metric, double baseline, double value, double? maximalDrop, DropType type) =>
        new Budget([metric], [baseline], maximalDrop, type).Judge(Of((metric, value))).Metrics[0];

    private static Evaluation Of(params (IMetric Metric, double Value)[] metrics) =>
        new([0], [.. metrics.Select(m => new MetricEvaluation(m.Metric, [[m.Value]]))]);

    private static void AssertCode(string code, Action action) => Assert.AreEqual(code, Assert.ThrowsExactly<QuantizeException>(action).Diagnostics[0].Code);
}
