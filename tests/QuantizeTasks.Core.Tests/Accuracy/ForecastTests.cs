using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>What a few samples say of a whole validation, held against the whole validation.</summary>
[TestClass]
public sealed class ForecastTests
{
    private const int Samples = 400;

    private static readonly ImmutableArray<int> All = [.. Enumerable.Range(0, Samples)];

    [TestMethod]
    public void Of_OnlySamplesThatTheModelsDisagreeOnTurn_IsExactBeforeTheRestIsRun()
    {
        for (var seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            var right = Draw(random, 0.8);
            var int8 = right.Select(r => random.NextDouble() < 0.05 ? 1 - r : r).ToArray();
            var between = right.Select((r, i) => random.NextDouble() < 0.5 ? r : int8[i]).ToArray();
            var (budget, failing) = (Budget(new ShareOfRight(), right), Judge(new ShareOfRight(), right, int8));
            var disagreed = All.Where(i => right[i] != int8[i]).ToArray();
            var known = Of(new ShareOfRight(), between).On(disagreed);
            var (likely, _) = Forecast.TowardsFloat(budget, failing, Of(new ShareOfRight(), right)).Of(Configuration.Float, known, 1);
            Assert.AreEqual((right.Sum() - between.Sum()) / Samples, likely.Verdict.Metrics[0].Drop, 1e-12, $"seed {seed}");
            Assert.IsTrue(likely.IsForecast);
            Assert.IsFalse(likely.IsBetterThan(failing), "a forecast proves nothing");
        }
    }

    [TestMethod]
    public void Of_EverySampleRegainsTheSameShare_ScalesUpWhatFewSamplesShow()
    {
        var random = new Random(7);
        var original = All.Select(_ => 1 + random.NextDouble()).ToArray();
        var int8 = original.Select(v => v - (0.2 * random.NextDouble())).ToArray();
        var trial = original.Select((v, i) => int8[i] + (0.3 * (v - int8[i]))).ToArray();
        var metric = new MeanMetric("quality");
        var forecast = Forecast.TowardsFloat(Budget(metric, original), Judge(metric, original, int8), Of(metric, original));
        var few = forecast.Rounds().First();
        Assert.IsLessThanOrEqualTo(32, few.Length);
        var (likely, isHopeless) = forecast.Of(Configuration.Float, Of(metric, trial).On(few), 1);
        Assert.AreEqual(original.Average() - trial.Average(), likely.Verdict.Metrics[0].Drop, 1e-9);
        Assert.IsTrue(isHopeless, "70 % of the drop are left, and none is allowed");
    }

    [TestMethod]
    public void Rounds_FewSamplesMakeTheDrop_AreAskedFirstAndAreFew()
    {
        var metric = new MeanMetric("quality");
        var original = Enumerable.Repeat(1.0, Samples).ToArray();
        var int8 = original.Select((v, i) => i is 17 or 90 or 333 ? 0.2 : v - 1e-5).ToArray();
        var rounds = Forecast.TowardsFloat(Budget(metric, original), Judge(metric, original, int8), Of(metric, original)).Rounds().ToArray();
        CollectionAssert.AreEqual(new[] { 17, 90, 333 }, rounds[0].ToArray());
        Assert.IsTrue(rounds.All(r => r.Length < Samples), "a whole validation is not for a forecast to ask");
    }

    /// <summary>Models of which each sample is right as long as noise of its own stays below its margin, as in real networks: forecasts must hold with the confidence they are meant for.</summary>
    [TestMethod]
    public void IsHopeless_NoisyModels_IsRarelyWrongAndOftenSaid()
    {
        var (said, wrong) = (0, 0);
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var margins = All.Select(_ => random.NextDouble()).ToArray();
            var noise = All.Select(_ => Enumerable.Range(0, 3).Select(_ => (2 * random.NextDouble()) - 1).ToArray()).ToArray();
            double[] Right(double fault, double second, double usual) =>
                [.. All.Select(i => margins[i] > 0.05 && margins[i] - 0.05 > Math.Abs((fault * noise[i][0]) + (second * noise[i][1]) + (usual * noise[i][2])) ? 1.0 : 0)];
            var (reference, int8, answer) = (Right(0, 0, 0), Right(0.5, 0.3, 0.05), Right(0, 0, 0.04));
            var strength = random.NextDouble();
            var offer = Right(0.5 * strength, 0, 0.05);
            var metric = new ShareOfRight();
            var budget = new Budget([metric], [reference.Average()], 0.06, DropType.Absolute);
            Judgement Judged(Configuration configuration, double[] values) => new(configuration, Of(metric, values), budget.Judge(Of(metric, values)));
            var (failing, passing) = (Judged(Configuration.FullyQuantized, int8), Judged(Configuration.Float, answer));
            Assert.IsFalse(failing.Verdict.WithinBudget);
            Assert.IsTrue(passing.Verdict.WithinBudget);
            var forecast = Forecast.TowardsInt8(budget, passing, failing, Of(metric, reference));
            if (!forecast.Rounds().Any(samples => forecast.Of(Configuration.Float, Of(metric, offer).On(samples), 2).IsHopeless))
                continue;
            said++;
            wrong += budget.Judge(Of(metric, offer)).WithinBudget ? 1 : 0;
        }
        Assert.IsGreaterThan(100, said, "most of these offers are hopeless");
        Assert.IsLessThanOrEqualTo(said / 40, wrong, $"{wrong} of {said}");
    }

    [TestMethod]
    public void Influence_RatioOfSums_IsTheDifferenceOfTheWholeMetric()
    {
        var random = new Random(3);
        var metric = new RatioMetric();
        double[][] Contributions() => [.. Enumerable.Range(0, 30).Select(_ => new[] { (double)random.Next(5), 5 + random.Next(5) })];
        var (mine, others) = (Contributions(), Contributions());
        others[4] = mine[4];
        var influence = Influence.Of(Evaluation(metric, mine), Evaluation(metric, others), 0);
        for (var i = 0; i < 30; i++)
        {
            var (top, bottom) = (mine.Sum(c => c[0]) - mine[i][0] + others[i][0], mine.Sum(c => c[1]) - mine[i][1] + others[i][1]);
            Assert.AreEqual((top / bottom) - (mine.Sum(c => c[0]) / mine.Sum(c => c[1])), influence[i], 1e-12);
        }
        Assert.AreEqual(0, influence[4]);
    }

    /// <summary>A killed run leaves evaluations in the store that an undisturbed one has not made yet; what a search decides must not depend on them.</summary>
    [TestMethod]
    public void EvaluateMore_StoreThatKnowsMore_GivesWhatThisSearchAsked()
    {
        var model = MadeUpModel.Of(_ => 1, 20);
        model.Evaluate(Configuration.FullyQuantized, [.. Enumerable.Range(0, 20)], default);
        var asked = new AskedSamples(model);
        asked.EvaluateEach([Configuration.FullyQuantized], [3, 5], default);
        CollectionAssert.AreEqual(new[] { 1, 3, 5 }, asked.EvaluateMore(Configuration.FullyQuantized, [1, 3], default).Samples.ToArray());
        CollectionAssert.AreEqual(new[] { 7 }, asked.EvaluateMore(Configuration.Float, [7], default).Samples.ToArray());
    }

    private static double[] Draw(Random random, double share) => [.. All.Select(_ => random.NextDouble() < share ? 1.0 : 0)];

    private static Evaluation Of(IMetric metric, double[] values) => Evaluation(metric, [.. values.Select(v => new[] { v })]);

    private static Evaluation Evaluation(IMetric metric, double[][] contributions) => new([.. Enumerable.Range(0, contributions.Length)], [new MetricEvaluation(metric, [.. contributions])]);

    private static Budget Budget(IMetric metric, double[] original) => new([metric], [original.Average()], 0, DropType.Absolute);

    private static Judgement Judge(IMetric metric, double[] original, double[] values) => new(Configuration.FullyQuantized, Of(metric, values), Budget(metric, original).Judge(Of(metric, values)));

    /// <summary>A metric that is no mean of its samples.</summary>
    private sealed class RatioMetric : IMetric
    {
        public string Name => "ratio";

        public string Definition => "ratio/1";

        public bool HigherIsBetter => true;

        public bool NeedsLabels => false;

        public bool NeedsReference => false;

        public double[] Observe(in MetricInput input) => throw new NotSupportedException();

        public double PerSample(IReadOnlyList<double> contribution) => contribution[0] / contribution[1];

        public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Sum(c => c[0]) / contributions.Sum(c => c[1]);
    }
}
