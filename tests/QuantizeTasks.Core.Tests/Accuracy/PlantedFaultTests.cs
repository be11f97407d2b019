using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>Networks whose culprits are known by construction: every strategy must give the right verdict and name them.</summary>
[TestClass]
public sealed class PlantedFaultTests
{
    private const int Groups = 40;

    [TestMethod]
    [DataRow(SearchStrategy.Fast, RankingMethod.Racing)]
    [DataRow(SearchStrategy.Fast, RankingMethod.Exhaustive)]
    [DataRow(SearchStrategy.Greedy, RankingMethod.Racing)]
    [DataRow(SearchStrategy.Greedy, RankingMethod.Exhaustive)]
    public void Search_OneHugeOutlier_IsFoundAlone(SearchStrategy strategy, RankingMethod ranking) =>
        AssertFound(c => c.Reverted.Contains(23) ? 0 : 0.9, strategy, ranking, [23]);

    [TestMethod]
    [DataRow(SearchStrategy.Fast, RankingMethod.Racing)]
    [DataRow(SearchStrategy.Fast, RankingMethod.Exhaustive)]
    [DataRow(SearchStrategy.Greedy, RankingMethod.Racing)]
    [DataRow(SearchStrategy.Greedy, RankingMethod.Exhaustive)]
    public void Search_ThreeCulprits_AreAllFound(SearchStrategy strategy, RankingMethod ranking) =>
        AssertFound(c => (c.Reverted.Contains(5) ? 0 : 0.5) + (c.Reverted.Contains(17) ? 0 : 0.4) + (c.Reverted.Contains(31) ? 0 : 0.3), strategy, ranking, [5, 17, 31]);

    /// <summary>Either of them in int8 does all the damage, so reverting one alone gives nothing back.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Search_TwoThatOnlyHelpTogether_AreBothFound(SearchStrategy strategy) =>
        AssertFound(c => c.Reverted.Contains(8) && c.Reverted.Contains(29) ? 0 : 0.8, strategy, null, [8, 29], otherNoise: 0);

    /// <summary>The error of 12 cancels most of the error of 4: 12 must go to float too, and first it looks harmful to do so.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Search_ALayerWhoseRevertHurtsUnlessAnotherGoesFirst_BothAreFound(SearchStrategy strategy) =>
        AssertFound(c => (c.Reverted.Contains(4) ? 0 : 0.9) - (c.Reverted.Contains(12) ? 0 : 0.35), strategy, null, [4, 12]);

    /// <summary>Reverting 30 always makes things worse.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Search_ALayerWhoseRevertOnlyHurts_IsNoPartOfTheAnswer(SearchStrategy strategy) =>
        AssertFound(c => (c.Reverted.Contains(3) ? 0 : 0.5) + (c.Reverted.Contains(9) ? 0 : 0.4) + (c.Reverted.Contains(30) ? 0.6 : 0), strategy, null, [3, 9]);

    /// <summary>Either of 6 and 7 in float repairs everything, both together break it again.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Search_APairThatIsNotMonotone_OneOfThemIsTheAnswer(SearchStrategy strategy)
    {
        var (outcome, _) = Network(c => c.Reverted.Contains(6) == c.Reverted.Contains(7) ? 0.8 : 0).Search(Parameters(strategy), Drop);
        Assert.IsTrue(outcome.Best.Verdict.WithinBudget);
        Assert.HasCount(1, outcome.Best.Configuration.Reverted);
        Assert.IsTrue(outcome.Best.Configuration.Reverted[0] is 6 or 7);
    }

    /// <summary>The stated baseline is beyond what even the float model reaches.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Search_NoRevertHelps_MissesTheBudgetAndSaysTheBest(SearchStrategy strategy)
    {
        var network = Network(_ => 0.5);
        var (outcome, observer) = network.Search(Parameters(strategy), Drop, statedBaseline: 1.2);
        Assert.AreEqual(SearchEnd.GroupsExhausted, outcome.End);
        Assert.IsFalse(outcome.Best.Verdict.WithinBudget);
        Assert.IsTrue(outcome.Best.IsWhole);
        Assert.AreEqual(outcome.Steps.Where(s => s.Judgement.IsWhole).Max(s => s.Judgement.Evaluation.Metrics[0].Value), outcome.Best.Evaluation.Metrics[0].Value);
        Assert.IsEmpty(observer.Trimmings);
    }

    /// <summary>All the damage and all the speed in one layer: the others cannot do without it, but what is cheaper is tried first.</summary>
    [TestMethod]
    public void Search_LayerThatCarriesTheSpeed_GoesLast()
    {
        // Either 2, which saves everything, or both 14 and 15, which save nothing, repair it.
        var network = Network(c => c.Reverted.Contains(2) || (c.Reverted.Contains(14) && c.Reverted.Contains(15)) ? 0 : c.Reverted.Contains(14) || c.Reverted.Contains(15) ? 0.4 : 0.8);
        var (outcome, _) = network.Search(new AccuracyAwareParameters(), Drop, variants: new MadeUpGroups(Groups, saving: g => g == 2 ? 1_000_000 : 1));
        Assert.AreEqual("int8 but 14,15", outcome.Best.Configuration.ToString());
    }

    [TestMethod]
    public void Search_Fast_SpendsAFractionOfWhatPotsLoopDoes()
    {
        var planted = Network(c => (c.Reverted.Contains(5) ? 0 : 0.5) + (c.Reverted.Contains(17) ? 0 : 0.4), samples: 1000);
        planted.Search(Parameters(SearchStrategy.Greedy), Drop);
        var greedy = Spent(planted);
        planted.Search(Parameters(SearchStrategy.Fast), Drop);
        var fast = Spent(planted);
        Assert.IsLessThan(greedy / 5, fast, $"fast ran {fast} samples, POT's loop {greedy}");
    }

    private const double Drop = 0.04;

    /// <summary>A sample that is asked for again costs nothing: the evaluator remembers it.</summary>
    private static int Spent(PlantedNetwork network) => network.Model.Asked.GroupBy(a => a.Configuration).Sum(g => g.Max(a => a.Samples));

    private static PlantedNetwork Network(Func<Configuration, double> fault, double otherNoise = 0.002, int samples = 400) => new(Groups, fault, samples, otherNoise);

    private static AccuracyAwareParameters Parameters(SearchStrategy strategy, RankingMethod? ranking = null) => new() { Search = strategy, Ranking = ranking };

    /// <summary>The fast search answers with the culprits alone; POT's loop keeps on its way what does no harm.</summary>
    private static void AssertFound(Func<Configuration, double> fault, SearchStrategy strategy, RankingMethod? ranking, int[] culprits, double otherNoise = 0.002)
    {
        var (outcome, _) = Network(fault, otherNoise).Search(Parameters(strategy, ranking), Drop);
        Assert.IsGreaterThan(Drop, outcome.Steps[0].Judgement.Verdict.Metrics[0].Drop, "plain int8 must miss the budget, or this tests nothing");
        Assert.AreEqual(SearchEnd.WithinBudget, outcome.End);
        Assert.IsTrue(outcome.Best.Verdict.WithinBudget);
        Assert.IsTrue(outcome.Best.IsWhole);
        Assert.HasCount(400, outcome.Best.Evaluation.Samples);
        CollectionAssert.IsSubsetOf(culprits, outcome.Best.Configuration.Reverted.ToArray());
        if (strategy == SearchStrategy.Fast)
            Assert.HasCount(culprits.Length, outcome.Best.Configuration.Reverted);
    }
}
