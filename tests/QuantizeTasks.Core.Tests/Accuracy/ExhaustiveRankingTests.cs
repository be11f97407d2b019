using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class ExhaustiveRankingTests
{
    private static readonly ImmutableArray<QuantizerGroup> Groups = [.. new[] { "a", "b", "B", "c" }.Select((name, i) => new QuantizerGroup(i, name, [name]))];

    [TestMethod]
    public void Rank_HigherIsBetter_LargestMetricFirstAndTiesByNameDescending()
    {
        double[] score = [0.5, 0.75, 0.75, 1];
        var ranking = Rank(new MeanMetric("accuracy"), c => score[c.Reverted.Single()]);
        CollectionAssert.AreEqual(new[] { "c", "b", "B", "a" }, ranking.Select(r => r.Group.Name).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 0.75, 0.75, 0.5 }, ranking.Select(r => r.Score).ToArray());
    }

    [TestMethod]
    public void Rank_LowerIsBetter_SmallestMetricFirst()
    {
        double[] error = [5, 7, 6, 9];
        var ranking = Rank(new MeanMetric("rmse", higherIsBetter: false), c => error[c.Reverted.Single()]);
        CollectionAssert.AreEqual(new[] { "a", "B", "b", "c" }, ranking.Select(r => r.Group.Name).ToArray());
        Assert.AreEqual(-5, ranking[0].Score);
    }

    [TestMethod]
    public void Rank_FromAConfiguration_RevertsOnTopOfIt()
    {
        var model = MadeUpModel.Of(c => c.IsFloat ? 9 : c.Reverted.Contains(0) ? c.Reverted.Count : throw new AssertFailedException("the current configuration was left"));
        new ExhaustiveRanking(model).Rank(Question(model, Configuration.FullyQuantized.Revert(0), [2, 0]), [Groups[1], Groups[3]], default);
        CollectionAssert.AreEqual(new[] { "int8 but 0,1", "int8 but 0,3" }, model.Asked.Select(a => a.Configuration.ToString()).Where(c => c.Contains("0,", StringComparison.Ordinal)).ToArray());
        Assert.IsTrue(model.Asked.TakeLast(2).All(a => a.Samples == 2));
    }

    [TestMethod]
    public void Rank_MetricNotFinite_Throws()
    {
        var e = Assert.ThrowsExactly<QuantizeException>(() => Rank(new MeanMetric("accuracy"), c => c.Reverted.Contains(2) ? double.NaN : 1));
        Assert.AreEqual(DiagnosticCodes.MetricNotFinite, e.Diagnostics[0].Code);
        StringAssert.Contains(e.Message, "'B'");
    }

    /// <summary>A metric such as the area under a curve says nothing of samples of one class, and the hardest samples often are: then the mean over samples ranks.</summary>
    [TestMethod]
    public void Rank_MetricUndefinedOnTheSamples_RanksByTheMeanOverThem()
    {
        double[] score = [0.5, 0.75, 0.25, 1];
        var model = new MadeUpModel(3, [new OfWholeSets()], (c, _, _) => c.Reverted.IsEmpty ? 0.1 : score[c.Reverted.Single()]);
        var ranking = new ExhaustiveRanking(model).Rank(Question(model, Configuration.FullyQuantized, [0, 1]), Groups, default);
        CollectionAssert.AreEqual(new[] { "c", "b", "a", "B" }, ranking.Select(r => r.Group.Name).ToArray());
    }

    private sealed class OfWholeSets : IMetric
    {
        public string Name => "whole";

        public string Definition => Name;

        public bool HigherIsBetter => true;

        public bool NeedsLabels => false;

        public bool NeedsReference => false;

        public double[] Observe(in MetricInput input) => throw new NotSupportedException();

        public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

        public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Count < 3 ? double.NaN : contributions.Average(c => c[0]);
    }

    private static IReadOnlyList<RankedGroup> Rank(IMetric metric, Func<Configuration, double> value)
    {
        var model = new MadeUpModel(3, [metric], (c, _, _) => c.Reverted.IsEmpty ? 0.1 : value(c));
        return new ExhaustiveRanking(model).Rank(Question(model, Configuration.FullyQuantized, [0, 1, 2]), Groups, default);
    }

    private static RankingQuestion Question(MadeUpModel model, Configuration current, ImmutableArray<int> hardest)
    {
        var reference = model.Evaluate(Configuration.Float, [0, 1, 2], default);
        var evaluation = model.Evaluate(current, [0, 1, 2], default);
        return new RankingQuestion(reference, new Judgement(current, evaluation, new Budget(model.Metrics, [1.0], 0, DropType.Absolute).Judge(evaluation)), 0, hardest);
    }
}
