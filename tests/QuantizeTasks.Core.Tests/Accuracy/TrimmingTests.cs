using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>Trimming over made-up models: the search's answer is given, the metric is a function of the reverted groups.</summary>
[TestClass]
public sealed class TrimmingTests
{
    [TestMethod]
    public void Run_NeedlessGroups_GoBackToInt8()
    {
        // Only group 2 matters; 0 and 1 came along on the way.
        var (outcome, observer) = Trim(c => c.IsFloat || c.Reverted.Contains(2) ? 1 : 0.5, order: [0, 1, 2]);
        Assert.AreEqual("int8 but 2", outcome.Best.Configuration.ToString());
        CollectionAssert.AreEqual(new[] { 3 }, observer.Trimmings);
        Assert.AreEqual(3, outcome.Iterations, "offers are not iterations of the search");
        Assert.IsTrue(outcome.Steps.Where(s => s.Kind == StepKind.BackToInt8).All(s => s.Kept));
    }

    [TestMethod]
    public void Run_EveryGroupNeeded_KeepsTheAnswer()
    {
        var (outcome, _) = Trim(c => c.IsFloat ? 1 : 0.7 + (0.1 * c.Reverted.Count), order: [0, 1, 2]);
        Assert.AreEqual("int8 but 0,1,2", outcome.Best.Configuration.ToString());
        Assert.IsTrue(outcome.Steps.Where(s => s.Kind == StepKind.BackToInt8).All(s => !s.Kept));
    }

    [TestMethod]
    public void Run_TwoThatReplaceEachOther_KeepsTheMoreUsefulOne()
    {
        // 0 bought 0.1, then 1 bought 0.4; either of 1 and (0 with 2) is enough, 1 alone is the smaller answer.
        double[] bought = [0.1, 0.4, 0.0];
        var (outcome, _) = Trim(c => c.IsFloat ? 1 : 0.5 + c.Reverted.Sum(g => bought[g]), order: [0, 2, 1], maximalDrop: 0.1);
        Assert.AreEqual("int8 but 1", outcome.Best.Configuration.ToString());
        CollectionAssert.AreEqual(new[] { 2, 0 }, outcome.Steps.Where(s => s.Kind == StepKind.BackToInt8).Select(s => s.Groups.Single().Id).ToArray(), "least useful first; that nothing in float is too little is known");
    }

    [TestMethod]
    public void Run_BudgetMissed_OffersNothing()
    {
        var (outcome, observer) = Trim(_ => 0.5, order: [0, 1]);
        Assert.IsEmpty(observer.Trimmings);
        Assert.IsEmpty(outcome.Steps.Where(s => s.Kind == StepKind.BackToInt8));
    }

    [TestMethod]
    public void Run_OneGroup_OffersNothing()
    {
        var (_, observer) = Trim(c => c.IsFloat || c.Reverted.Contains(0) ? 1 : 0.5, order: [0]);
        Assert.IsEmpty(observer.Trimmings);
    }

    [TestMethod]
    public void Run_ManyNeedlessGroups_GoBackSeveralAtATime()
    {
        // Of 60 groups in float only 17 and 42 are needed, and only together.
        var (outcome, _) = Trim(c => c.IsFloat || (c.Reverted.Contains(17) && c.Reverted.Contains(42)) ? 1 : 0.5, order: [.. Enumerable.Range(0, 60)], atOnce: true);
        Assert.AreEqual("int8 but 17,42", outcome.Best.Configuration.ToString());
        var offers = outcome.Steps.Count(s => s.Kind == StepKind.BackToInt8);
        Assert.IsLessThan(25, offers, "one by one would be 60");
    }

    [TestMethod]
    public void Run_ConfigurationKnownToMissTheBudget_IsNotJudgedAgain()
    {
        // The search saw that 0 alone is not enough.
        var (outcome, _) = Trim(c => c.IsFloat ? 1 : 0.6 + (0.2 * c.Reverted.Count), order: [0, 1], maximalDrop: 0.01);
        Assert.AreEqual("int8 but 0,1", outcome.Best.Configuration.ToString());
        CollectionAssert.AllItemsAreUnique(outcome.Steps.Select(s => s.Judgement.Configuration).ToArray());
        Assert.HasCount(1, outcome.Steps.Where(s => s.Kind == StepKind.BackToInt8).ToArray());
    }

    /// <summary>Walks a search that reverted the groups in the given order or all at once, then trims. Each group's usefulness is what it gives back alone.</summary>
    private static (SearchOutcome Outcome, RecordingObserver Observer) Trim(Func<Configuration, double> accuracy, int[] order, double maximalDrop = 0, bool atOnce = false)
    {
        var model = MadeUpModel.Of(accuracy);
        var (asked, budget) = (new AskedSamples(model), new Budget(model.Metrics, [1.0], maximalDrop, DropType.Absolute));
        var validation = new Validation(asked, budget);
        var groups = new MadeUpGroups(order.Length).Groups;
        var observer = new RecordingObserver();
        var log = new SearchLog(observer);
        var configuration = Configuration.FullyQuantized;
        log.Record(StepKind.Start, [], Judge(configuration), kept: true);
        var loss = 1 - accuracy(configuration);
        log.RankingEnds(model.Metrics[0], [.. groups.Select(g => accuracy(configuration.Revert(g.Id)) is var score ? new RankedGroup(g, score, 4, 1 - ((1 - score) / loss)) : null!)]);
        foreach (var step in atOnce ? [order] : order.Select(id => new[] { id }))
            log.Record(StepKind.ToFloat, [.. step.Select(id => groups[id])], Judge(configuration = configuration.Revert(step)), kept: true);
        new Trimming(groups, new Offers(asked, budget, validation, log, new Lazy<Evaluation>(() => throw new NotSupportedException())), new PredictedSpeed(groups), log).Run(CancellationToken.None);
        return (log.Outcome(SearchEnd.WithinBudget), observer);

        Judgement Judge(Configuration of) => validation.Judge(of, CancellationToken.None);
    }
}
