using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using static QuantizeTasks.Tests.Plugins.TestPlugins;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>A metric with another one that ranks in its place is judged as it is alone.</summary>
[TestClass]
public sealed class RankedMetricTests
{
    private static readonly float[][] Scores = [[0.9f, 0.1f, 0], [0.2f, 0.5f, 0.3f], [0.1f, 0.2f, 0.7f], [0.4f, 0.35f, 0.25f]];
    private static readonly float[] Labels = [0, 1, 0, 2];

    [TestMethod]
    [DataRow("f1", "", "cosine", "")]
    [DataRow("accuracy@top1", "", "log_loss", "scores=probabilities")]
    [DataRow("log_loss", "scores=probabilities", "sqnr", "")]
    [DataRow("roc_auc", "", "kl", "scores=probabilities")]
    public void Metric_WithStandIn_IsItselfAndRanksByTheOther(string name, string parameters, string other, string otherParameters)
    {
        var alone = Specifications.Create(name, parameters);
        var standIn = Specifications.Create(other, otherParameters);
        var ranked = (RankedMetric)BudgetedMetrics.Of([Specifications.Of(name, parameters) with { RankingMetric = Specifications.Of(other, otherParameters) }]).Single().Metric;
        Assert.AreEqual((alone.Name, alone.HigherIsBetter), (ranked.Name, ranked.HigherIsBetter));
        Assert.AreEqual(standIn.NeedsReference, ranked.NeedsReference);
        StringAssert.Contains(ranked.Definition, alone.Definition);
        StringAssert.Contains(ranked.Definition, standIn.Definition);

        double[][] contributions = [.. Scores.Select((_, i) => ranked.Observe(Sample(i)))];
        double[][] own = [.. Scores.Select((_, i) => alone.Observe(Sample(i)))];
        double[][] others = [.. Scores.Select((_, i) => standIn.Observe(Sample(i)))];
        Assert.AreEqual(alone.Aggregate(own), ranked.Aggregate(contributions));
        for (var i = 0; i < own.Length; i++)
        {
            Assert.AreEqual(alone.PerSample(own[i]), ranked.PerSample(contributions[i]));
            CollectionAssert.AreEqual(own[i], RankedMetric.OfMetric(contributions[i]));
            CollectionAssert.AreEqual(others[i], RankedMetric.OfStandIn(contributions[i]));
        }
    }

    [TestMethod]
    public void Of_PartsWithBudgets_RankByTheSamePart()
    {
        var slices = System.Collections.Immutable.ImmutableSortedDictionary<string, Located<double>>.Empty.Add("night", new(0.1, default)).Add("every", new(0.1, default));
        var entries = BudgetedMetrics.Of([Specifications.Of("accuracy@top1") with { RankingMetric = Specifications.Of("cosine"), Slices = slices }]);
        Assert.HasCount(3, entries);
        Assert.IsTrue(entries.All(e => e.Metric is RankedMetric ranked && ranked.Metric.GetType() == ranked.StandIn.GetType() == (e.PartBudget is not null)));
        CollectionAssert.AreEqual(new[] { "accuracy@top1", "accuracy@top1 [worst slice]", "accuracy@top1 [slice night]" }.Order().ToArray(), entries.Select(e => e.Metric.Name).Order().ToArray());
    }

    [TestMethod]
    public void Of_PluginOfAWholeSet_RanksByWhatItNames()
    {
        var ranked = (RankedMetric)BudgetedMetrics.Of([MetricEntry("HitsOfAll", ("ranking", "cosine"))]).Single().Metric;
        Assert.AreEqual("cosine", ranked.StandIn.Name);
        var chosen = (RankedMetric)BudgetedMetrics.Of([MetricEntry("HitsOfAll", ("ranking", "cosine")) with { RankingMetric = Specifications.Of("sqnr") }]).Single().Metric;
        Assert.AreEqual("sqnr", chosen.StandIn.Name, "the manifest goes first");
    }

    [TestMethod]
    public void Of_PluginThatNamesNoMetric_IsAnError()
    {
        var error = Fails(DiagnosticCodes.UnknownName, () => BudgetedMetrics.Of([MetricEntry("HitsOfAll", ("ranking", "cosinus"))]));
        StringAssert.Contains(error.Message, "Did you mean 'cosine'?");
        Assert.AreEqual(At, error.Position);
    }

    private static MetricInput Sample(int i)
    {
        var reference = Scores[i].Select((s, k) => s + (0.05f * k)).ToArray();
        static Dictionary<string, Tensor> Output(float[] scores) => new() { ["y"] = Tensor.Create([.. scores.Select(s => s / scores.Sum())], 1, 3) };
        return new MetricInput(Output(Scores[i]), "y", Tensor.Create([Labels[i]]), Output(reference), "s");
    }
}
