using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
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
    }

    [TestMethod]
    public void Run_EveryGroupNeeded_KeepsTheAnswer()
    {
        var (outcome, _) = Trim(c => c.IsFloat ? 1 : 0.7 + (0.1 * c.Reverted.Count), order: [0, 1, 2]);
        Assert.AreEqual("int8 but 0,1,2", outcome.Best.Configuration.ToString());
        Assert.IsTrue(outcome.Steps.Where(s => s.IsBackToInt8).All(s => !s.Kept));
    }

    [TestMethod]
    public void Run_TwoThatReplaceEachOther_KeepsTheMoreUsefulOne()
    {
        // 0 bought 0.1, then 1 bought 0.4; either of 1 and (0 with 2) is enough, 1 alone is the smaller answer.
        double[] bought = [0.1, 0.4, 0.0];
        var (outcome, _) = Trim(c => c.IsFloat ? 1 : 0.5 + c.Reverted.Sum(g => bought[g]), order: [0, 2, 1], maximalDrop: 0.1);
        Assert.AreEqual("int8 but 1", outcome.Best.Configuration.ToString());
        CollectionAssert.AreEqual(new[] { 2, 0, 1 }, outcome.Steps.Where(s => s.IsBackToInt8).Select(s => s.Group!.Id).ToArray(), "least useful first");
    }

    [TestMethod]
    public void Run_BudgetMissed_OffersNothing()
    {
        var (outcome, observer) = Trim(_ => 0.5, order: [0, 1]);
        Assert.IsEmpty(observer.Trimmings);
        Assert.IsEmpty(outcome.Steps.Where(s => s.IsBackToInt8));
    }

    [TestMethod]
    public void Run_OneGroup_OffersNothing()
    {
        var (_, observer) = Trim(c => c.IsFloat || c.Reverted.Contains(0) ? 1 : 0.5, order: [0]);
        Assert.IsEmpty(observer.Trimmings);
    }

    /// <summary>Walks a search that reverted the groups in the given order, then trims.</summary>
    private static (SearchOutcome Outcome, RecordingObserver Observer) Trim(Func<Configuration, double> accuracy, int[] order, double maximalDrop = 0)
    {
        var model = MadeUpModel.Of(accuracy);
        var budget = new Budget(model.Metrics, [1.0], maximalDrop, DropType.Absolute);
        ImmutableArray<QuantizerGroup> groups = [.. Enumerable.Range(0, 3).Select(i => new QuantizerGroup(i, $"g{i}", [$"g{i}"]))];
        var observer = new RecordingObserver();
        var configuration = Configuration.FullyQuantized;
        var steps = new List<SearchStep> { new(0, null, Judge(configuration), true) };
        foreach (var id in order)
            steps.Add(new SearchStep(steps.Count, groups[id], Judge(configuration = configuration.Revert(id)), true));
        var found = new SearchOutcome(steps[^1].Judgement, SearchEnd.WithinBudget, [.. steps], ImmutableSortedDictionary<int, GroupRank>.Empty);
        return (new Trimming(model, groups, budget, observer).Run(found, CancellationToken.None), observer);

        Judgement Judge(Configuration of)
        {
            var evaluation = model.Evaluate(of, [0, 1, 2, 3], CancellationToken.None);
            return new Judgement(of, evaluation, budget.Judge(evaluation));
        }
    }
}
