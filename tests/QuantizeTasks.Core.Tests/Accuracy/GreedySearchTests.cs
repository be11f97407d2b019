using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>The greedy loop over made-up models; the expected walks follow from POT's rules by hand.</summary>
[TestClass]
public sealed class GreedySearchTests
{
    private static readonly AccuracyAwareParameters Defaults = new() { Search = SearchStrategy.Greedy };

    [TestMethod]
    public void Run_StartWithinBudget_JudgesNothingElse()
    {
        var model = MadeUpModel.Of(_ => 0.9);
        var (outcome, observer) = Run(model, groups: 3, maximalDrop: 0.1);
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
        Assert.AreEqual(0, outcome.Iterations);
        Assert.IsEmpty(observer.Rankings);
        Assert.AreEqual(Configuration.FullyQuantized, outcome.Best.Configuration);
    }

    [TestMethod]
    public void Run_OneHarmfulGroup_RevertsThatOne()
    {
        var (outcome, observer) = Run(MadeUpModel.Of(c => Has(c, 2) ? 0.99 : 0.5), groups: 4, maximalDrop: 0.01);
        Assert.AreEqual("int8 but 2", outcome.Best.Configuration.ToString());
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
        Assert.AreEqual(1, outcome.Iterations);
        Assert.HasCount(1, observer.Rankings);
        Assert.HasCount(1, observer.Ranked);
        Assert.AreEqual(1, outcome.Ranks[2].Rank);
        Assert.AreEqual(0.99, outcome.Ranks[2].Score, 1e-12);
        Assert.HasCount(4, outcome.Ranks);
    }

    [TestMethod]
    public void Run_DropKeepsShrinking_ConsumesOneRanking()
    {
        double[] cost = [0.10, 0.20, 0.05, 0.30];
        var (outcome, observer) = Run(MadeUpModel.Of(c => 1 - Enumerable.Range(0, 4).Where(g => !Has(c, g)).Sum(g => cost[g])), groups: 4, maximalDrop: 0.06);
        CollectionAssert.AreEqual(new[] { "3", "1", "0" }, Tried(outcome));
        Assert.HasCount(1, observer.Rankings, "a shrinking drop needs no new ranking");
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
    }

    [TestMethod]
    public void Run_EqualDrop_IsKeptWithoutRankingAnew()
    {
        // Groups 1 and 0 change nothing, 2 is only worth something with both of them.
        var (outcome, observer) = Run(MadeUpModel.Of(c => c.IsFloat || c.Reverted.Count == 3 ? 1 : 0.5), groups: 3, maximalDrop: 0);
        CollectionAssert.AreEqual(new[] { "2", "1", "0" }, Tried(outcome), "ties go by name, descending");
        Assert.HasCount(1, observer.Rankings);
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
    }

    /// <summary>The first step hurts and stays, the second hurts and is taken back, the third helps: another model, on which 2 may help. POT on GNA does not ask again.</summary>
    [TestMethod]
    [DataRow(false, new[] { "3", "2", "1", "0", "2" })]
    [DataRow(true, new[] { "3", "2", "1", "0" })]
    public void Run_StepTakenBack_IsOfferedAgainUnlessThereIsNoFloat(bool isBetweenWidths, string[] expected)
    {
        string[] states = ["", "3", "2,3", "1,3", "0,1,3", "0,1,2,3"];
        double[] values = [0.5, 0.4, 0.3, 0.45, 0.6, 0.7];
        var top = isBetweenWidths ? new Rung("16 bits") { IsTop = true } : null;
        ImmutableArray<int> Changed(Configuration c) => isBetweenWidths ? [.. c.Rungs.Keys] : [.. c.Reverted];
        var model = new MadeUpModel(4, [new MeanMetric("accuracy")], (c, sample, _) => c.IsFloat ? 1 : Value(states, values, Changed(c), sample));
        var (outcome, _) = Run(model, groups: 4, maximalDrop: 0, revertsTo: top);
        CollectionAssert.AreEqual(expected, Tried(outcome));
        Assert.AreEqual(SearchEnd.GroupsExhausted, outcome.End);
        Assert.AreEqual(expected.Length == 5 ? "int8 but 0,1,2,3" : "int8 but 0=16 bits,1=16 bits,3=16 bits", outcome.Best.Configuration.ToString());
    }

    [TestMethod]
    public void Run_SuccessOnTheLastGroup_Counts()
    {
        var (outcome, _) = Run(MadeUpModel.Of(c => c.IsFloat || c.Reverted.Count == 2 ? 1 : 0.9), groups: 2, maximalDrop: 0);
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
        Assert.IsTrue(outcome.Best.Verdict.WithinBudget);
    }

    [TestMethod]
    public void Run_FirstStepHurts_IsKeptOnce()
    {
        // Reverting the top candidate (2, by the ranking subset) hurts on the whole set, the next one helps.
        var model = Model(["", "2", "1,2"], [0.5, 0.4, 1]);
        var (outcome, observer) = Run(model, groups: 3, maximalDrop: 0);
        CollectionAssert.AreEqual(new[] { true, true, true }, outcome.Steps.Select(s => s.Kept).ToArray());
        CollectionAssert.AreEqual(new[] { "2", "1" }, Tried(outcome));
        Assert.HasCount(1, observer.Rankings, "the tolerated step goes on with the old ranking");
    }

    [TestMethod]
    public void Run_SecondStepHurts_IsTakenBackAndRankedAnewWithoutIt()
    {
        var model = Model(["", "2", "1,2", "0,2"], [0.5, 0.6, 0.4, 1]);
        var (outcome, observer) = Run(model, groups: 3, maximalDrop: 0);
        CollectionAssert.AreEqual(new[] { "2", "1", "0" }, Tried(outcome));
        CollectionAssert.AreEqual(new[] { true, true, false, true }, outcome.Steps.Select(s => s.Kept).ToArray());
        Assert.AreEqual("int8 but 0,2", outcome.Best.Configuration.ToString());
        CollectionAssert.AreEqual(new[] { 3, 1 }, observer.Rankings.Select(r => r.Candidates).ToArray(), "the rejected candidate is not offered again to the same model");
    }

    [TestMethod]
    public void Run_AfterAStepBack_ReferenceIsTheStateReturnedTo()
    {
        // 3 improves to 0.60, 2 falls to 0.40 and is taken back, 1 at 0.55 is tolerated because a step back was just made,
        // 0 falls to 0.50 and is taken back although that is better than the 0.40 which was rejected; 2 then succeeds on top of 1 and 3.
        var model = Model(["", "3", "2,3", "1,3", "0,1,3", "1,2,3"], [0.5, 0.6, 0.4, 0.55, 0.5, 0.99]);
        var (outcome, _) = Run(model, groups: 4, maximalDrop: 0.01);
        CollectionAssert.AreEqual(new[] { "3", "2", "1" }, Tried(outcome)[..3]);
        CollectionAssert.AreEqual(new[] { true, true, false, true }, outcome.Steps.Take(4).Select(s => s.Kept).ToArray());
        var zero = outcome.Steps.Single(s => s.Judgement.Configuration.ToString() == "int8 but 0,1,3");
        Assert.IsFalse(zero.Kept);
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End, "the candidate that was rejected on another model is offered again");
        Assert.AreEqual("int8 but 1,2,3", outcome.Best.Configuration.ToString());
    }

    [TestMethod]
    public void Run_NoStepBack_KeepsTheWorseModelAndRanksOnIt()
    {
        var model = Model(["", "2", "1,2", "0,1,2"], [0.5, 0.6, 0.4, 1]);
        var (outcome, observer) = Run(model, groups: 3, maximalDrop: 0, Defaults with { UsePrevIfDropIncrease = false });
        Assert.IsTrue(outcome.Steps.All(s => s.Kept));
        CollectionAssert.AreEqual(new[] { "2", "1", "0" }, Tried(outcome));
        CollectionAssert.AreEqual(new[] { 3, 1 }, observer.Rankings.Select(r => r.Candidates).ToArray());
    }

    [TestMethod]
    public void Run_NeverWithinBudget_AnswersWithTheBestSeenAndTriesNoConfigurationTwice()
    {
        // The best point lies in the middle of the walk.
        var model = Model(["", "2", "1,2", "0,2", "0,1,2"], [0.5, 0.8, 0.6, 0.7, 0.6]);
        var (outcome, _) = Run(model, groups: 3, maximalDrop: 0);
        Assert.AreEqual(SearchEnd.GroupsExhausted, outcome.End);
        Assert.AreEqual("int8 but 2", outcome.Best.Configuration.ToString());
        Assert.IsFalse(outcome.Best.Verdict.WithinBudget);
        var judged = outcome.Steps.Select(s => s.Judgement.Configuration.ToString()).ToArray();
        CollectionAssert.AllItemsAreUnique(judged);
    }

    [TestMethod]
    public void Run_RankingRunsOutWhileGroupsAreLeft_RanksAgain()
    {
        // 1 is rejected on top of 2, then only 0 is left in the ranking; 1 must come back on top of 0 and 2.
        var model = Model(["", "2", "1,2", "0,2", "0,1,2"], [0.5, 0.6, 0.4, 0.7, 1]);
        var (outcome, _) = Run(model, groups: 3, maximalDrop: 0);
        CollectionAssert.AreEqual(new[] { "2", "1", "0", "1" }, Tried(outcome));
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    public void Run_MaxIterNum_BoundsTheJudgedReverts(int maxIterNum)
    {
        var model = MadeUpModel.Of(c => c.IsFloat ? 1 : 0.1 * c.Reverted.Count);
        var (outcome, _) = Run(model, groups: 5, maximalDrop: 0, Defaults with { MaxIterNum = maxIterNum });
        Assert.AreEqual(SearchEnd.IterationsUsed, outcome.End);
        Assert.AreEqual(maxIterNum, outcome.Iterations);
        Assert.HasCount(maxIterNum, outcome.Best.Configuration.Reverted);
    }

    [TestMethod]
    public void Run_NoGroups_EndsExhausted()
    {
        var (outcome, _) = Run(MadeUpModel.Of(c => c.IsFloat ? 1 : 0.5), groups: 0, maximalDrop: 0);
        Assert.AreEqual(SearchEnd.GroupsExhausted, outcome.End);
    }

    [TestMethod]
    public void Run_Ranking_UsesTheSamplesThatLostMostAndValidatesOnAll()
    {
        // Quantization ruins samples 5 and 7 and gains on all others.
        var asked = new List<int[]>();
        var inner = new MadeUpModel(10, [new MeanMetric("accuracy")], (c, sample, _) => c.IsFloat ? 0.5 : sample is 5 or 7 ? 0.3 + (0.1 * c.Reverted.Count) : 0.52);
        var (_, observer) = Run(new Spy(inner, asked), groups: 2, maximalDrop: -0.4, Defaults with { RankingSubsetSize = 2 });
        Assert.AreEqual(2, observer.Rankings[0].Samples);
        Assert.HasCount(2, asked.Where(s => s is [5, 7]).ToArray(), "each of the two groups is ranked on the hardest samples");
        Assert.HasCount(3, asked.Where(s => s.Length == 10).ToArray(), "the float model and every revert are judged on the whole set");
    }

    [TestMethod]
    public void Run_RankingSubsetLargerThanData_IsClipped()
    {
        var (_, observer) = Run(MadeUpModel.Of(c => c.IsFloat || Has(c, 0) ? 1 : 0.5), groups: 2, maximalDrop: 0, Defaults with { RankingSubsetSize = 300 });
        Assert.AreEqual(4, observer.Rankings[0].Samples);
    }

    [TestMethod]
    public void Run_TwoMetrics_WorksOnTheWorstThenSwitches()
    {
        // accuracy is repaired by group 0 alone, rmse (less violated at first) by group 1 alone.
        var metrics = new IMetric[] { new MeanMetric("accuracy"), new MeanMetric("rmse", higherIsBetter: false) };
        var model = new MadeUpModel(2, metrics, (c, _, k) => c.IsFloat ? 1 : k == 0 ? (Has(c, 0) ? 1 : 0.5) : (Has(c, 1) ? 1 : 1.2));
        var (outcome, observer) = Run(model, groups: 3, maximalDrop: 0.05);
        CollectionAssert.AreEqual(new[] { "accuracy", "rmse" }, observer.Rankings.Select(r => r.Metric).ToArray());
        CollectionAssert.AreEqual(new[] { "0", "1" }, Tried(outcome));
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
        CollectionAssert.AreEqual(new[] { 3, 2 }, observer.Rankings.Select(r => r.Candidates).ToArray());
    }

    /// <summary>Reverting 2 mends accuracy and brings rmse from 1.2 to 1.1. With 1 it is 1.15: POT, which goes back to the drop of the start when the metric changes, would take that for progress.</summary>
    [TestMethod]
    public void Run_MetricChanges_ComparesWithTheModelThatIsThere()
    {
        var metrics = new IMetric[] { new MeanMetric("accuracy"), new MeanMetric("rmse", higherIsBetter: false) };
        static double Rmse(Configuration c, int sample) => string.Join(",", c.Reverted) switch
        {
            "2" => sample == 0 ? 1.2 : 1,
            "1,2" => sample == 0 ? 1 : 1.3, // ranked on sample 0 alone, so it goes first
            "0,2" => sample == 0 ? 1.05 : 0.95,
            _ => sample == 0 ? 1.3 : 1.1,
        };
        var model = new MadeUpModel(2, metrics, (c, sample, k) => c.IsFloat ? 1 : k == 1 ? Rmse(c, sample) : Has(c, 2) ? 1 : 0.5);
        var (outcome, observer) = Run(model, groups: 3, maximalDrop: 0.05, Defaults with { RankingSubsetSize = 1 });
        CollectionAssert.AreEqual(new[] { "2", "1", "0" }, Tried(outcome));
        CollectionAssert.AreEqual(new[] { true, true, false, true }, outcome.Steps.Select(s => s.Kept).ToArray());
        CollectionAssert.AreEqual(new[] { "accuracy", "rmse", "rmse" }, observer.Rankings.Select(r => r.Metric).ToArray());
    }

    [TestMethod]
    public void Run_SameModelTwice_SameWalk()
    {
        static double Value(Configuration c) => c.IsFloat ? 1 : 0.5 + (0.4 * Math.Abs(Math.Sin(c.Reverted.Sum(g => (g + 1) * 7.3))));
        var first = Run(MadeUpModel.Of(Value), groups: 8, maximalDrop: 0.001).Outcome;
        var second = Run(MadeUpModel.Of(Value), groups: 8, maximalDrop: 0.001).Outcome;
        CollectionAssert.AreEqual(Tried(first), Tried(second));
        CollectionAssert.AllItemsAreUnique(first.Steps.Select(s => s.Judgement.Configuration.ToString()).ToArray());
    }

    [TestMethod]
    public void Run_RandomModels_EndWithTheBestOfAllJudged()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var values = new Dictionary<string, double>();
            double Value(Configuration c) => values.TryGetValue(c.ToString(), out var v) ? v : values[c.ToString()] = random.NextDouble();
            var (outcome, _) = Run(MadeUpModel.Of(c => c.IsFloat ? 1 : Value(c)), groups: 1 + (seed % 7), maximalDrop: 0.05);
            Assert.AreEqual(outcome.Steps.Max(s => s.Judgement.Evaluation.Metrics[0].Value), outcome.Best.Evaluation.Metrics[0].Value, $"seed {seed}");
            Assert.AreEqual(outcome.End == SearchEnd.WithinBudget, outcome.Best.Verdict.WithinBudget, $"seed {seed}");
            CollectionAssert.AllItemsAreUnique(outcome.Steps.Select(s => s.Judgement.Configuration.ToString()).ToArray(), $"seed {seed}");
            Assert.IsLessThanOrEqualTo(2 * (1 + (seed % 7)), outcome.Iterations, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Run_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        var model = MadeUpModel.Of(c => c.Reverted.Count == 2 ? Cancel(source) : c.IsFloat ? 1 : 0.5);
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(model, groups: 4, maximalDrop: 0, cancellation: source.Token));
    }

    private static double Cancel(CancellationTokenSource source)
    {
        source.Cancel();
        return 0.5;
    }

    private static bool Has(Configuration c, int group) => c.IsFloat || c.Reverted.Contains(group);

    private static string[] Tried(SearchOutcome outcome) => [.. outcome.Steps.Skip(1).Select(s => s.Groups.Single().Name)];

    /// <summary>
    /// A model with given values on the whole set. In rankings (on three of four samples, so that they can be told apart) groups with a larger
    /// number always look better, and so are tried first.
    /// </summary>
    private static MadeUpModel Model(string[] reverted, double[] values) => new(4, [new MeanMetric("accuracy")], (c, sample, _) =>
    {
        if (c.IsFloat)
            return 1;
        return Value(reverted, values, [.. c.Reverted], sample);
    });

    private static double Value(string[] states, double[] values, ImmutableArray<int> changed, int sample)
    {
        var known = Array.IndexOf(states, string.Join(",", changed));
        var whole = known >= 0 ? values[known] : double.NegativeZero;
        // Samples 0..2 carry the ranking, sample 3 what is missing to the value of the whole set. Sample 3 gains, so it is never ranked on.
        var ranked = -1000 + changed.Sum(g => Math.Pow(2, g));
        return sample < 3 ? ranked : (4 * whole) - (3 * ranked);
    }

    private static (SearchOutcome Outcome, RecordingObserver Observer) Run(
        IConfigurationEvaluator model, int groups, double maximalDrop, AccuracyAwareParameters? parameters = null, Rung? revertsTo = null, CancellationToken cancellation = default)
    {
        var all = Enumerable.Range(0, model.SampleCount).ToArray();
        var reference = model.Evaluate(Configuration.Float, all, default);
        var budget = new Budget(model.Metrics, [.. reference.Metrics.Select(m => m.Value)], maximalDrop, DropType.Absolute);
        var start = model is Spy spy ? spy.Inner.Evaluate(Configuration.FullyQuantized, all, default) : model.Evaluate(Configuration.FullyQuantized, all, default);
        var observer = new RecordingObserver();
        var search = new AccuracyAwareSearch(model, new MadeUpGroups(groups, revertsTo: revertsTo), budget,
            parameters ?? (model is MadeUpModel { SampleCount: 4 } ? Defaults with { RankingSubsetSize = 3 } : Defaults), new Lazy<Evaluation>(reference), observer);
        var outcome = search.Run(new Judgement(Configuration.FullyQuantized, start, budget.Judge(start)), cancellation);
        CollectionAssert.AreEqual(outcome.Steps, observer.Steps.ToImmutableArray());
        Assert.IsEmpty(observer.Trimmings, "POT's loop ends where the budget is met");
        return (outcome, observer);
    }

    private sealed class Spy(MadeUpModel inner, List<int[]> asked) : IConfigurationEvaluator
    {
        public MadeUpModel Inner => inner;

        public int SampleCount => inner.SampleCount;

        public IReadOnlyList<IMetric> Metrics => inner.Metrics;

        public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation)
        {
            asked.Add([.. samples]);
            return inner.Evaluate(configuration, samples, cancellation);
        }

        public ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> samples, CancellationToken cancellation) =>
            [.. configurations.Select(c => Evaluate(c, samples, cancellation))];
    }
}
