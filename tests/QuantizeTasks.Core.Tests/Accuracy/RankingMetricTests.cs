using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>Searches in which another metric stands in for the one that is judged; made-up models, whose answers are known.</summary>
[TestClass]
public sealed class RankingMetricTests
{
    private const int Samples = 60;
    private static readonly RankedMetric Metric = new(new OfSet(), new MeanMetric("cosine"));

    /// <summary>The metric says nothing of single samples and is worst where nothing is wrong; the stand-in shows that group 3 is at fault, on the first ten samples.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Search_MetricOfAWholeSet_FindsTheCulpritByTheStandIn(SearchStrategy strategy)
    {
        var model = new Model((c, sample) => c.IsFloat || c.Reverted.Contains(3) || sample >= 10 ? 1 : 0.2 + (0.01 * sample), c => c.IsFloat || c.Reverted.Contains(3) ? 1 : 0.5);
        var (outcome, observer) = Search(model, strategy);
        Assert.AreEqual("int8 but 3", outcome.Best.Configuration.ToString());
        Assert.AreEqual(1, outcome.Iterations, "the first of the ranking");
        Assert.AreEqual("cosine", observer.Rankings.Single().Metric);
        var hardest = model.Asked.First(a => a.Configuration.Reverted.Count == 1).Samples;
        Assert.IsTrue(hardest.Contains(0) && hardest.All(i => i < 8), "the worst mismatches first");
        Assert.AreEqual(1.0, outcome.Ranks[3].Regained, 1e-12);
    }

    /// <summary>Group 2 makes the outputs equal to the float model's, but only group 5 repairs the metric: what ranks does not accept.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Search_StandInThatIsWrong_AcceptsNothing(SearchStrategy strategy)
    {
        var model = new Model((c, _) => c.IsFloat || c.Reverted.Contains(2) ? 1 : 0.5, c => c.IsFloat || c.Reverted.Contains(5) ? 1 : 0.5);
        var (outcome, _) = Search(model, strategy);
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
        Assert.IsTrue(outcome.Best.Configuration.Reverted.Contains(5));
        Assert.AreEqual(1, outcome.Ranks[2].Rank);
        Assert.AreEqual(strategy == SearchStrategy.Fast ? "int8 but 5" : "int8 but 2,5,6,7", outcome.Best.Configuration.ToString(), "one forecasts by the metric and trims, the other goes down the ranking");
    }

    [TestMethod]
    public void Subset_WithStandIn_IsOfItsLosses()
    {
        var reference = Of([[1, 0.9, 0], [1, 0.9, 1], [1, 0.9, 1]]);
        var current = Of([[1, 0.1, 1], [1, 0.8, 0], [1, 0.5, 0]]);
        CollectionAssert.AreEqual(new[] { 0, 2 }, RankingSubset.Choose(reference, current, 0, 2).ToArray());
    }

    /// <summary>The stand-in's direction counts, not the metric's: of a divergence from the float model the smallest is best.</summary>
    [TestMethod]
    public void Subset_StandInOfTheOtherDirection_TakesTheLargestDivergences()
    {
        var metric = new RankedMetric(new OfSet(), new MeanMetric("divergence", higherIsBetter: false));
        Evaluation Divergences(params double[] values) => new([0, 1, 2], [new MetricEvaluation(metric, [.. values.Select(v => new[] { 1, v, 1 })])]);
        CollectionAssert.AreEqual(new[] { 1, 2 }, RankingSubset.Choose(Divergences(0, 0, 0), Divergences(0.1, 0.7, 0.3), 0, 2).ToArray());
        Assert.IsTrue(metric.HigherIsBetter);
    }

    /// <summary>An accuracy that is ranked by another metric is still an accuracy: hopeless validations end early, and the evidence is that of proportions.</summary>
    [TestMethod]
    public void Validation_MeanWithStandIn_StopsAsEarlyAndProvesAsMuch()
    {
        var ranked = new RankedMetric(new ShareOfRight(), new MeanMetric("cosine"));
        var model = new Model((_, _) => 0.5, _ => 0, ranked);
        var budget = new Budget(model.Metrics, [1.0], 0.1, DropType.Absolute);
        var validation = new Validation(model, budget);
        var whole = validation.Judge(Configuration.FullyQuantized, default);
        model.Asked.Clear();
        Assert.IsTrue(validation.JudgeUnlessHopeless(Configuration.FullyQuantized.Revert(0), whole, default).IsBound);
        Assert.IsLessThan(Samples / 4, model.Asked.Max(a => a.Samples.Length));

        MetricEvaluation Contributions(Func<int, double> own, bool withStandIn) => withStandIn
            ? new(ranked, [.. Enumerable.Range(0, Samples).Select(i => new[] { 1, 0.3 * i, own(i) })]) : new(ranked.Metric, [.. Enumerable.Range(0, Samples).Select(i => new[] { own(i) })]);
        Evidence Of(bool withStandIn) => Evidence.Of(Contributions(_ => 1, withStandIn), Contributions(i => i % 7 == 0 ? 0 : 1, withStandIn), 0.95);
        Assert.AreEqual(Of(false), Of(true));
    }

    private static Evaluation Of(double[][] contributions) => new([0, 1, 2], [new MetricEvaluation(Metric, [.. contributions])]);

    private static (SearchOutcome Outcome, RecordingObserver Observer) Search(Model model, SearchStrategy strategy)
    {
        int[] all = [.. Enumerable.Range(0, Samples)];
        var reference = model.Evaluate(Configuration.Float, all, default);
        var budget = new Budget(model.Metrics, [1.0], 0.1, DropType.Absolute);
        var int8 = model.Evaluate(Configuration.FullyQuantized, all, default);
        model.Asked.Clear();
        var observer = new RecordingObserver();
        var search = new AccuracyAwareSearch(model, new MadeUpGroups(8), budget, new AccuracyAwareParameters { Search = strategy, RankingSubsetSize = 8 }, new Lazy<Evaluation>(reference), observer);
        return (search.Run(new Judgement(Configuration.FullyQuantized, int8, budget.Judge(int8)), default), observer);
    }

    /// <summary>A value of the whole set, which every sample carries; one alone has none.</summary>
    private sealed class OfSet : IMetric
    {
        public string Name => "of set";

        public string Definition => "of set/1";

        public bool HigherIsBetter => true;

        public bool NeedsLabels => false;

        public bool NeedsReference => false;

        public double[] Observe(in MetricInput input) => throw new NotSupportedException();

        public double PerSample(IReadOnlyList<double> contribution) => double.NaN;

        public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Count == Samples ? contributions.Average(c => c[0]) : double.NaN;
    }

    private sealed class Model(Func<Configuration, int, double> standIn, Func<Configuration, double> value, RankedMetric? metric = null) : IConfigurationEvaluator
    {
        public List<(Configuration Configuration, int[] Samples)> Asked { get; } = [];

        public int SampleCount => Samples;

        public IReadOnlyList<IMetric> Metrics { get; } = [metric ?? Metric];

        public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation)
        {
            Asked.Add((configuration, [.. samples]));
            return new([.. samples], [new MetricEvaluation(Metrics[0], [.. samples.Select(i => new[] { 1, standIn(configuration, i), value(configuration) })])]);
        }

        public ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> samples, CancellationToken cancellation) =>
            [.. configurations.Select(c => Evaluate(c, samples, cancellation))];
    }
}
