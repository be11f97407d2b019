using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>What is said about a search after it: what groups bought, the frontier, what POT's loop would have taken, what may help.</summary>
[TestClass]
public sealed class SearchFindingsTests
{
    private static readonly ImmutableArray<QuantizerGroup> Groups = new MadeUpGroups(4, saving: g => 10 * (g + 1)).Groups;

    [TestMethod]
    public void Contribution_JudgedWithoutTheGroup_IsTheDifference()
    {
        // Ten samples; with {1,2} all are right, with {1} alone 4 and 7 are wrong, plain int8 gets only 0 right.
        var outcome = Outcome((Judged([], 0), true), (Judged([1], 0, 1, 2, 3, 5, 6, 8, 9), true), (Judged([1, 2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), true));
        Assert.AreEqual(new Contribution(0.2, false, 2, 0), Contribution.Of(outcome, 2) with { Drop = 0.2 });
        Assert.AreEqual(0.2, Contribution.Of(outcome, 2).Drop!.Value, 1e-12);
        Assert.AreEqual(new Contribution(null, false, null, null), Contribution.Of(outcome, 1), "{2} alone was never judged");
    }

    [TestMethod]
    public void Contribution_StoppedEvaluation_IsALowerBound()
    {
        var outcome = Outcome((Judged([], 0), true), (Judged([1, 2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), true), (Judged([1], 0, 1, 2, 3, 5, 6) with { IsBound = true }, false));
        var bought = Contribution.Of(outcome, 2);
        Assert.IsTrue(bought.IsAtLeast);
        Assert.AreEqual(0.4, bought.Drop!.Value, 1e-12);
        Assert.IsNull(bought.Better);
    }

    [TestMethod]
    public void Frontier_Steps_AreThoseThatNoOtherBeats()
    {
        // Savings are 10, 20, 30, 40 of 100.
        var outcome = Outcome((Judged([], 0), true), (Judged([3], 0, 1), true), (Judged([0], 0, 1, 2), true), (Judged([0, 3], 0, 1, 2, 3), true), (Judged([0, 1], 0, 1, 2, 3, 4) with { IsBound = true }, false));
        var frontier = Frontier.Of(outcome.Steps, new PredictedSpeed(Groups));
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, frontier.Select(p => p.Step.Index).ToArray(), "3 alone is slower and worse than 0 alone; a bound proves nothing");
        CollectionAssert.AreEqual(new[] { 100, 90, 50 }, frontier.Select(p => (int)Math.Round(100 * p.SpeedKept)).ToArray());
    }

    // 53 groups, 300 samples of 1000, an answer of one group, as measured for POT's loop on a depthwise network: 53 + 1 sessions, 15900 + 1000 samples.
    [TestMethod]
    public void Workload_ExhaustiveLoop_CountsRankingAndSteps() => Assert.AreEqual(new Workload(54, 16_900), Workload.OfExhaustiveLoop(53, 300, 1000, 1));

    [TestMethod]
    public void Advice_IterationsUsed_SaysWhichAndWhatWasReached()
    {
        var outcome = Outcome((Judged([], 0), true), (Judged([1], 0, 1, 2, 3), true)) with { End = SearchEnd.IterationsUsed };
        var advice = Advice.Of(outcome, Settings(new AccuracyAwareParameters { MaxIterNum = 1 }), 4);
        Assert.HasCount(3, advice);
        Assert.AreEqual("Raise max_iter_num, now 1: 3 of 4 groups were still in int8, and the drop had come from 90.0 points to 60.0 points.", advice[0]);
        Assert.AreEqual("Set tune_hyperparams: true, which tries other presets, range estimators and bias corrections before layers are reverted.", advice[1]);
        Assert.AreEqual("Allow maximal_drop: 0.6 (60.0 points), which the best configuration meets.", advice[2]);
    }

    [TestMethod]
    public void Advice_TunedWithSymmetricActivations_NamesTheOtherPreset()
    {
        var settings = Settings(new AccuracyAwareParameters { TuneHyperparams = true });
        settings = settings with { Quantization = settings.Quantization with { Preset = new("performance", settings.TargetDevice.Position) } };
        Assert.AreEqual("Set preset: mixed, which gives activations their full range on both sides of zero.",
            Advice.Of(Outcome((Judged([], 0), true)) with { End = SearchEnd.TimeUsed }, settings, 4)[1]);
    }

    [TestMethod]
    public void Advice_BudgetMet_IsNone() => Assert.IsEmpty(Advice.Of(Outcome((Judged([], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), true)), Settings(new AccuracyAwareParameters()), 4));

    [TestMethod]
    public void RankingFiles_Csv_QuotesAndDisarmsNames()
    {
        RankingRecord[] ranking = [new(1, "conv,1", ["conv,1", "add"], 0.5, 300, 0.25, 0.125, "float"), new(2, "=cmd", ["a\"b"], -1e-9, 8, null, 0, "int8")];
        Assert.AreEqual("rank,group,state,score,samples,regained,speed_share,layers\r\n1,\"conv,1\",float,0.5,300,0.25,0.125,\"conv,1 add\"\r\n2,'=cmd,int8,-1E-09,8,,0,\"a\"\"b\"\r\n", RankingFiles.Csv(ranking));
    }

    private static CompressionSettings Settings(AccuracyAwareParameters accuracy) =>
        new() { TargetDevice = new Located<string>("CPU", new SourcePosition("m", 1, 1)), IsAccuracyAware = true, Quantization = new DefaultQuantizationParameters(), Accuracy = accuracy };

    /// <summary>A judgement under which the given of ten samples are right.</summary>
    private static Judgement Judged(int[] reverted, params int[] right)
    {
        var metric = new MeanMetric("accuracy");
        var evaluation = new Evaluation([.. Enumerable.Range(0, 10)], [new MetricEvaluation(metric, [.. Enumerable.Range(0, 10).Select(i => new[] { right.Contains(i) ? 1.0 : 0 })])]);
        return new Judgement(Configuration.FullyQuantized.Revert(reverted), evaluation, new Budget([metric], [1.0], 0, DropType.Absolute).Judge(evaluation));
    }

    private static SearchOutcome Outcome(params (Judgement Judgement, bool Kept)[] judged)
    {
        ImmutableArray<SearchStep> steps = [.. judged.Select((j, i) => new SearchStep(i, i == 0 ? StepKind.Start : StepKind.ToFloat, [], j.Judgement, j.Kept))];
        var best = steps.Aggregate(steps[0].Judgement, (b, s) => s.Judgement.IsBetterThan(b) ? s.Judgement : b);
        return new SearchOutcome(best, SearchEnd.WithinBudget, steps, ImmutableSortedDictionary<int, GroupRank>.Empty);
    }
}
