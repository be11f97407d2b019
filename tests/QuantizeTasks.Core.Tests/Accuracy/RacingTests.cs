using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class RacingTests
{
    private const int Samples = 300;

    [TestMethod]
    public void Rank_OneLeader_IsTheExhaustiveRankingsFirst()
    {
        for (var seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            var (groups, leader) = (5 + random.Next(60), 0);
            leader = random.Next(groups);
            var gains = Enumerable.Range(0, groups).Select(g => g == leader ? 0.6 : 0.3 * random.NextDouble()).ToArray();
            var (model, question, candidates) = Create(groups, (g, _) => gains[g]);
            var racing = new Racing(model, new PredictedSpeed(candidates)).Rank(question, candidates, default);
            var exhaustive = new ExhaustiveRanking(model).Rank(question, candidates, default);
            Assert.AreEqual(leader, racing[0].Group.Id, $"seed {seed}");
            Assert.AreEqual(exhaustive[0].Group, racing[0].Group, $"seed {seed}");
            CollectionAssert.AreEquivalent(candidates, racing.Select(r => r.Group).ToArray(), "nobody is lost");
        }
    }

    [TestMethod]
    public void Rank_Samples_AreFewForAllAndMoreForTheLeaders()
    {
        var (model, question, candidates) = Create(64, (g, _) => g / 100.0);
        model.Asked.Clear();
        var ranked = new Racing(model, new PredictedSpeed(candidates)).Rank(question, candidates, default);
        var perGroup = model.Asked.GroupBy(a => a.Configuration).Select(g => g.Max(a => a.Samples)).Order().ToArray();
        Assert.AreEqual(48, perGroup.Count(s => s == 8));
        Assert.AreEqual(12, perGroup.Count(s => s == 32));
        Assert.AreEqual(4, perGroup.Count(s => s == 128), "who leads needs no race against nobody");
        Assert.AreEqual(new Workload(64, perGroup.Sum()), new Racing(model, new PredictedSpeed(candidates)).Plan(64, Samples), "what was announced is what was done");
        Assert.AreEqual(63, ranked[0].Group.Id);
        Assert.AreEqual(128, ranked[0].Samples);
        Assert.AreEqual(0, ranked[^1].Group.Id);
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 300)]
    [DataRow(2, 3)]
    [DataRow(7, 2)]
    public void Rank_LittleToRankOrLittleData_StillRanksAll(int groups, int samples)
    {
        var (model, question, candidates) = Create(groups, (g, _) => g / 10.0, samples);
        Assert.HasCount(groups, new Racing(model, new PredictedSpeed(candidates)).Rank(question, candidates, default).ToArray());
    }

    [TestMethod]
    public void Rank_EqualGains_TheCheaperLayerGoesFirst()
    {
        var (model, question, candidates) = Create(4, (_, _) => 0.5, saving: g => g == 3 ? 700 : 100);
        CollectionAssert.AreEqual(new[] { 2, 1, 0, 3 }, new Racing(model, new PredictedSpeed(candidates)).Rank(question, candidates, default).Select(r => r.Group.Id).ToArray());
    }

    [TestMethod]
    public void Rank_HarmfulReverts_GoLastHoweverCheap()
    {
        var (model, question, candidates) = Create(3, (g, _) => g == 0 ? -0.5 : 0.1 * g, saving: g => g == 0 ? 0 : 500);
        CollectionAssert.AreEqual(new[] { 2, 1, 0 }, new Racing(model, new PredictedSpeed(candidates)).Rank(question, candidates, default).Select(r => r.Group.Id).ToArray());
    }

    /// <summary>int8 loses everything on every sample; reverting a group gives back the given share.</summary>
    private static (MadeUpModel Model, RankingQuestion Question, ImmutableArray<QuantizerGroup> Groups) Create(int groups, Func<int, int, double> gain, int samples = Samples, Func<int, long>? saving = null)
    {
        var model = new MadeUpModel(samples, [new MeanMetric("accuracy")], (c, sample, _) => c.IsFloat ? 1 : c.Reverted.Sum(g => gain(g, sample)));
        int[] all = [.. Enumerable.Range(0, samples)];
        var (reference, int8) = (model.Evaluate(Configuration.Float, all, default), model.Evaluate(Configuration.FullyQuantized, all, default));
        var start = new Judgement(Configuration.FullyQuantized, int8, new Budget(model.Metrics, [1.0], 0, DropType.Absolute).Judge(int8));
        return (model, RankingQuestion.Of(reference, start, 0, 300), new MadeUpGroups(groups, saving: saving).Groups);
    }
}
