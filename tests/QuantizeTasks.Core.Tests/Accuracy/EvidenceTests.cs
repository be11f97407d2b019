using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Metrics;
using QuantizeTasks.Tests.Metrics;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class EvidenceTests
{
    /// <summary>Quantiles as printed in tables of the normal distribution.</summary>
    [TestMethod]
    [DataRow(0.5, 0.0)]
    [DataRow(0.9, 1.2815515655)]
    [DataRow(0.95, 1.6448536270)]
    [DataRow(0.975, 1.9599639845)]
    [DataRow(0.999, 3.0902323062)]
    [DataRow(0.9999999, 5.1993375822)]
    public void Quantile_TabulatedProbability_IsTheTablesValue(double probability, double expected) => Assert.AreEqual(expected, Normal.Quantile(probability), 1e-9);

    [TestMethod]
    public void Upper_AnyCounts_IsWhereTheScoreTestStopsRejecting()
    {
        foreach (var (lost, won, samples) in ((int, int, int)[])[(12, 2, 50), (0, 0, 1000), (5, 0, 100), (3, 9, 40), (30, 25, 1000), (1, 0, 2)])
        {
            var upper = PairedProportions.Upper(lost, won, samples, 1.959963985);

            // At the end the score is the quantile; a little inside it is smaller, a little outside larger.
            Assert.AreEqual(1.959963985, -ScoreByDefinition(lost, won, samples, upper), 1e-4, $"{lost}, {won}, {samples}");
        }
    }

    [TestMethod]
    public void Of_HitsAndMisses_CountsOnlySamplesThatDiffer()
    {
        // 100 samples: 6 lost, 2 won, the others alike.
        var before = Evaluation(Enumerable.Range(0, 100).Select(i => i is < 6 or >= 50 ? 1.0 : 0));
        var now = Evaluation(Enumerable.Range(0, 100).Select(i => i is 6 or 7 or >= 50 ? 1.0 : 0));

        var evidence = Evidence.Of(before, now, 0.95);

        Assert.AreEqual(0.04, evidence.Drop, 1e-12);
        Assert.AreEqual(Math.Sqrt((0.08 - 0.0016) / 100), evidence.StandardError, 1e-12);
        Assert.AreEqual(PairedProportions.Upper(6, 2, 100, Normal.Quantile(0.95)), evidence.High, 1e-12);
        Assert.AreEqual(-PairedProportions.Upper(2, 6, 100, Normal.Quantile(0.95)), evidence.Low, 1e-12);
        Assert.IsTrue(evidence.Low < 0.04 && evidence.High > 0.04);
    }

    [TestMethod]
    public void Of_MeanOfAnyValues_IsThePairedTInterval()
    {
        var random = new Random(5);
        var (a, b) = (Enumerable.Range(0, 40).Select(_ => random.NextDouble() * 3).ToArray(), Enumerable.Range(0, 40).Select(_ => random.NextDouble()).ToArray());
        var differences = a.Zip(b, (x, y) => x - y).ToArray();
        var (mean, deviation) = (differences.Average(), 0.0);
        deviation = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / 39);

        var evidence = Evidence.Of(Evaluation(a), Evaluation(b), 0.975);

        Assert.AreEqual(mean, evidence.Drop, 1e-12);
        Assert.AreEqual(deviation / Math.Sqrt(40), evidence.StandardError, 1e-9);
        // Student's 97.5 % quantile of 39 degrees of freedom is 2.0227 (tables).
        Assert.AreEqual(mean + (2.0227 * deviation / Math.Sqrt(40)), evidence.High, 1e-4);
        Assert.AreEqual(mean - (2.0227 * deviation / Math.Sqrt(40)), evidence.Low, 1e-4);
    }

    [TestMethod]
    public void Of_LowerIsBetter_MeasuresTheDropUpwards()
    {
        var metric = new MeanMetric("error", higherIsBetter: false);
        var evidence = Evidence.Of(Evaluation([1.5, 2.5, 3], metric), Evaluation([2, 3.5, 3], metric), 0.9);
        Assert.AreEqual(0.5, evidence.Drop, 1e-12);
        var hits = Evidence.Of(Evaluation([0, 0, 0, 1], metric), Evaluation([1, 1, 0, 1], metric), 0.9);
        Assert.AreEqual(0.5, hits.Drop, 1e-12);
    }

    [TestMethod]
    public void Of_OneSample_KnowsNothing()
    {
        var evidence = Evidence.Of(Evaluation([0.5]), Evaluation([0.5]), 0.95);
        Assert.AreEqual(double.PositiveInfinity, evidence.High);
        Assert.AreEqual(0.0, evidence.Drop);
    }

    /// <summary>Three samples that int8 gets right say next to nothing of a slice, whatever the 197 outside it give.</summary>
    [TestMethod]
    public void Of_OneSlice_CountsItsSamplesAlone()
    {
        var night = new PartMetric(new ShareOfRight(), SamplePart.Slice, "night");
        MetricEvaluation Of(Func<int, double> value) => new(night, [.. Enumerable.Range(0, 200).Select(i => new[] { i < 3 ? 1 : 0, value(i) })]);

        var evidence = Evidence.Of(Of(_ => 1), Of(i => i < 3 ? 1 : i % 2), 0.95);

        Assert.AreEqual(0.0, evidence.Drop);
        Assert.AreEqual(PairedProportions.Upper(0, 0, 3, Normal.Quantile(0.95)), evidence.High, 1e-12);
        Assert.IsGreaterThan(0.4, evidence.High);
    }

    /// <summary>All slices are within the bound exactly when the one that is least sure is (Berger, Technometrics 24, 1982: intersection-union tests keep their level).</summary>
    [TestMethod]
    public void Of_WorstSlice_IsTheLeastSureOne()
    {
        var worst = new WorstPartMetric(new ShareOfRight(), SamplePart.Slice);
        // Slice 1: 100 samples, 4 lost; slice 2: 3 samples, none lost.
        MetricEvaluation Of(Func<int, double> value) => new(worst, [.. Enumerable.Range(0, 103).Select(i => new[] { i < 100 ? 1 : 2, value(i), 1 })]);

        var evidence = Evidence.Of(Of(_ => 1), Of(i => i < 4 ? 0 : 1), 0.95);

        Assert.AreEqual(0.04, evidence.Drop, 1e-12);
        Assert.AreEqual(PairedProportions.Upper(0, 0, 3, Normal.Quantile(0.95)), evidence.High, 1e-12);
    }

    [TestMethod]
    public void IsEnough_NoEvidenceForABudget_IsNotEnough()
    {
        var metric = new MeanMetric("accuracy");
        var proof = new ModelProof(new Verdict([new MetricVerdict(metric, 0.8, 0.8, 0, 0.01, -0.01)]), [null], 100);
        Assert.IsTrue(proof.IsEnough(null));
        Assert.IsFalse(proof.IsEnough(new(0.95, default)));
        Assert.IsFalse((proof with { Evidence = [new Evidence(0, double.NaN, double.NaN, double.NaN)] }).IsEnough(new(0.95, default)), "what is not a number proves nothing");
        Assert.IsTrue((proof with { Evidence = [new Evidence(0, 0.001, -0.002, 0.002)] }).IsEnough(new(0.95, default)));
    }

    [TestMethod]
    public void Of_MetricThatIsNoMean_AgreesWithTheBootstrap()
    {
        // F1 of 200 samples, where no formula is at hand: the standard error by resampling with replacement, 2000 times.
        var metric = Specifications.Create("f1");
        var random = new Random(11);
        var (before, now) = (new double[200][], new double[200][]);
        for (var i = 0; i < 200; i++)
        {
            var label = random.Next(3);
            (before[i], now[i]) = (Contribution(label, 0.9), Contribution(label, 0.8));
        }
        double[] Contribution(int label, double quality)
        {
            var predicted = random.NextDouble() < quality ? label : random.Next(3);
            return metric.Observe(Observations.Of(Observations.Vector([.. Enumerable.Range(0, 3).Select(c => c == predicted ? 1f : 0)]), Observations.Class(label)));
        }

        var evidence = Evidence.Of(new MetricEvaluation(metric, [.. before]), new MetricEvaluation(metric, [.. now]), 0.95);

        var drops = Enumerable.Range(0, 2000).Select(_ =>
        {
            var drawn = Enumerable.Range(0, 200).Select(_ => random.Next(200)).ToArray();
            return metric.Aggregate([.. drawn.Select(i => before[i])]) - metric.Aggregate([.. drawn.Select(i => now[i])]);
        }).ToArray();
        var bootstrap = Math.Sqrt(drops.Average(d => d * d) - Math.Pow(drops.Average(), 2));
        Assert.AreEqual(bootstrap, evidence.StandardError, 0.1 * bootstrap);
    }

    [TestMethod]
    [DataRow(0.002, 0.10, 300)]
    [DataRow(0.01, 0.05, 1000)]
    [DataRow(0.02, 0.02, 500)]
    [DataRow(0.005, 0.006, 2000)]
    public void High_ManyDataSetsOfAModelAtItsBudget_RarelyProvesIt(double drop, double differing, int samples)
    {
        // The true drop is the budget, so every proof would be a false one; at confidence 0.95 there may be 5 % of them.
        var random = new Random(3);
        var (falsePasses, rounds) = (0, 3000);
        for (var round = 0; round < rounds; round++)
        {
            var (lost, won) = (0, 0);
            for (var i = 0; i < samples; i++)
            {
                var u = random.NextDouble();
                if (u < (differing + drop) / 2)
                    lost++;
                else if (u < differing)
                    won++;
            }
            if (PairedProportions.Upper(lost, won, samples, Normal.Quantile(0.95)) <= drop)
                falsePasses++;
        }
        Assert.IsLessThan(0.065 * rounds, falsePasses, "of which a little is chance, and the score interval's own approximation");
    }

    [TestMethod]
    public void SamplesNeeded_AsManySamples_WouldBeEnough()
    {
        // 1000 samples with 8 lost and 4 won; the budget is 0.01.
        var few = Of(8, 4, 1000);
        Assert.IsGreaterThan(0.01, few.High);
        var needed = few.SamplesNeeded(0.01, 1000)!.Value;
        Assert.IsTrue(needed is > 1000 and < 3000, $"{needed}");

        var factor = needed / 1000.0;
        Assert.IsLessThanOrEqualTo(0.0102, Of((int)Math.Round(8 * factor), (int)Math.Round(4 * factor), (int)needed).High);
        Assert.IsNull(few.SamplesNeeded(0.003, 1000), "no number of samples makes a drop above the budget pass");
    }

    /// <summary>Three equal predictions were proof of any budget once: the jackknife's error is 0 where nothing differs.</summary>
    [TestMethod]
    [DataRow(3, false)]
    [DataRow(150, false)]
    [DataRow(1000, true)]
    public void Of_EqualPredictions_AreEnoughOnlyWhenThereAreMany(int samples, bool isEnough)
    {
        var same = Predictions(samples, 3, _ => false);

        var evidence = Evidence.Of(same, same, 0.95);

        Assert.AreEqual(0.0, evidence.Drop);
        Assert.AreEqual(isEnough, evidence.High <= 0.01, $"{evidence.High}");
        if (isEnough)
        {
            Assert.IsNull(evidence.SamplesNeeded(0.01, samples) is { } more && more > samples ? more : null);
            Assert.IsGreaterThan(0.0029, evidence.High, "the true share of samples that differ may be 1 - 0.05^(1/1000)");
            return;
        }
        var needed = (int)evidence.SamplesNeeded(0.01, samples)!.Value;
        Assert.IsTrue(needed is > 200 and < 600, $"{needed}");
        var enough = Predictions(needed + 60, 3, _ => false);
        Assert.IsLessThanOrEqualTo(0.01, Evidence.Of(enough, enough, 0.95).High);
    }

    /// <summary>The share 3 / n of the samples may be wrong, and where a class has only 10 of 1000 those few may all be its own.</summary>
    [TestMethod]
    public void Of_EqualPredictionsWithARareClass_CountsWhatItsSamplesAreWorth()
    {
        var metric = Specifications.Create("f1", "average=binary");
        double[][] contributions = [.. Enumerable.Range(0, 1000).Select(i => i < 10 ? new[] { 1.0, 1, 2 } : [0, 0, 2])];
        var same = new MetricEvaluation(metric, [.. contributions]);

        // 3 of the 10 missed: 2 * 7 / (7 + 10).
        Assert.AreEqual(1 - (14.0 / 17), Evidence.Of(same, same, 0.95).High, 1e-12);
    }

    [TestMethod]
    [DataRow(0, 1000, 0.95, 0.0029912)]
    [DataRow(0, 10, 0.975, 0.3085)]
    [DataRow(1, 10, 0.975, 0.4450)]
    [DataRow(5, 10, 0.975, 0.8129)]
    [DataRow(10, 10, 0.975, 1.0)]
    public void UpperShare_TabulatedCounts_IsClopperAndPearsons(int differing, int samples, double confidence, double expected) =>
        Assert.AreEqual(expected, RareDifferences.UpperShare(differing, samples, confidence), 5e-5);

    [TestMethod]
    public void Of_ManyDifferences_IsTheJackknifesAlone()
    {
        // 30 of 300 values differ; a mean's jackknife is the paired t interval, whose factor is 1.650 with 299 degrees of freedom (tables).
        double[] a = [.. Enumerable.Range(0, 300).Select(i => 0.5 + (i % 10 == 0 ? 0.2 : 0))], b = [.. Enumerable.Repeat(0.5, 300)];
        var error = 0.2 * Math.Sqrt(0.1 * 0.9 / 299);

        var evidence = Evidence.Of(Evaluation(a), Evaluation(b), 0.95);

        Assert.AreEqual(0.02 + (1.650 * error), evidence.High, 1e-5);
        Assert.IsGreaterThan(evidence.High, Evidence.Of(Evaluation(a), Evaluation([.. b[..290], .. a[290..]]), 0.95).High, "one fewer, and what was not seen counts");
    }

    /// <summary>Where the models differ rarely and always for the worse, the true drop is to be above the bound in 5 of 100 data sets at most.</summary>
    [TestMethod]
    [DataRow(0.002, 3, "macro")]
    [DataRow(0.005, 3, "macro")]
    [DataRow(0.01, 2, "macro")]
    [DataRow(0.03, 2, "macro")]
    [DataRow(0.01, 10, "micro")]
    public void High_ManyDataSetsWithRareDifferences_CoversTheTrueDrop(double rate, int classes, string average)
    {
        const int rounds = 300, samples = 200;
        var random = new Random(17);
        var truth = Predictions(40000, classes, _ => false, average).Value - Predictions(40000, classes, i => i % (int)(1 / rate) == 0, average).Value;
        var covered = 0;
        for (var round = 0; round < rounds; round++)
            covered += Of(samples, _ => random.NextDouble() < 1.0 / (int)(1 / rate)) is var evidence && evidence.High >= truth ? 1 : 0;

        Assert.IsGreaterThanOrEqualTo(0.95 * rounds, covered);

        Evidence Of(int count, Func<int, bool> isLost) => Evidence.Of(Predictions(count, classes, _ => false, average), Predictions(count, classes, isLost, average), 0.95);
    }

    /// <summary>Nothing in int8 is nothing lost, however few samples there are; equal answers of another model are no proof.</summary>
    [TestMethod]
    public void OfTheSameModel_AnyBudget_IsEnough()
    {
        var verdict = new MetricVerdict(Specifications.Create("f1"), 1, 1, 0, 0.001, -0.001);
        var (same, other) = (Predictions(3, 3, _ => false), Predictions(3, 3, i => i == 0));

        Assert.AreEqual(0.0, ModelProof.EvidenceOf(verdict, same, same, isFloat: true, 0.95).High);
        Assert.IsGreaterThan(0.1, ModelProof.EvidenceOf(verdict, same, same, isFloat: false, 0.95).High);
        Assert.IsGreaterThan(0.1, ModelProof.EvidenceOf(verdict, same, other, isFloat: true, 0.95).High, "what rounding does is seen and counts");
    }

    /// <summary>Classes in turn, all right but for what is lost, which is taken for the next class.</summary>
    private static MetricEvaluation Predictions(int samples, int classes, Func<int, bool> isLost, string average = "macro") => new(
        Specifications.Create("f1", $"average={average}"),
        [.. Enumerable.Range(0, samples).Select(i => new double[] { isLost(i) ? (i + 1) % classes : i % classes, i % classes, classes })]);

    private static Evidence Of(int lost, int won, int samples) => Evidence.Of(
        Evaluation(Enumerable.Range(0, samples).Select(i => i < lost ? 1.0 : 0)), Evaluation(Enumerable.Range(0, samples).Select(i => i >= lost && i < lost + won ? 1.0 : 0)), 0.95);

    private static MetricEvaluation Evaluation(IEnumerable<double> values, IMetric? metric = null) => new(metric ?? new MeanMetric("accuracy"), [.. values.Select(v => new[] { v })]);

    /// <summary>The score test with the nuisance proportion found by searching the likelihood itself, instead of by the paper's closed form.</summary>
    private static double ScoreByDefinition(int lost, int won, int samples, double difference)
    {
        // Probabilities: lost q + difference, won q, alike 1 - 2q - difference.
        double LogLikelihood(double q) => Term(lost, q + difference) + Term(won, q) + Term(samples - lost - won, 1 - (2 * q) - difference);
        var (low, high) = (Math.Max(0, -difference), (1 - difference) / 2);
        for (var i = 0; i < 300; i++)
        {
            var (left, right) = (low + ((high - low) / 3), high - ((high - low) / 3));
            if (LogLikelihood(left) < LogLikelihood(right))
                low = left;
            else
                high = right;
        }
        var q = (low + high) / 2;
        return (lost - won - (samples * difference)) / Math.Sqrt(samples * ((2 * q) + difference - (difference * difference)));
    }

    private static double Term(int count, double probability) => count == 0 ? 0 : count * Math.Log(Math.Max(probability, 1e-300));
}
