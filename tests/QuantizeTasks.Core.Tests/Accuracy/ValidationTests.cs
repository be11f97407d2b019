using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>Stopping a hopeless validation early never changes a verdict.</summary>
[TestClass]
public sealed class ValidationTests
{
    private const int Samples = 320;

    [TestMethod]
    public void JudgeUnlessHopeless_Hopeless_StopsEarlyWithABound()
    {
        var (model, validation, start) = Create(c => c.IsFloat ? 0 : c.Reverted.IsEmpty ? 100 : 90, maximalDrop: 0.1);
        model.Asked.Clear();
        var judged = validation.JudgeUnlessHopeless(Configuration.FullyQuantized.Revert(1), start, default);
        Assert.IsTrue(judged.IsBound);
        Assert.IsFalse(judged.Verdict.WithinBudget);
        var run = model.Asked.Max(a => a.Samples);
        Assert.IsLessThan(Samples / 5, run, "the wrong ones come first, and 33 of them are too many");
        Assert.IsLessThanOrEqualTo(90.0 / Samples, judged.Verdict.Metrics[0].Drop, "a bound is not above the drop");
        Assert.IsGreaterThan(0.1, judged.Verdict.Metrics[0].Drop);
        Assert.IsFalse(judged.IsBetterThan(start), "a bound proves nothing good");
        Assert.IsTrue(start.IsBetterThan(judged) || start.Verdict.WorstViolation >= judged.Verdict.WorstViolation);
    }

    [TestMethod]
    public void JudgeUnlessHopeless_AnyWrongSamplesAndAnyBudget_SameVerdictAsTheWholeValidation()
    {
        var stopped = 0;
        for (var seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            var (int8, other) = (random.Next(1, Samples), random.Next(1, Samples));
            // Budgets on the very edge as often as elsewhere.
            var drop = seed % 2 == 0 ? other / (double)Samples : random.NextDouble();
            var (_, validation, start) = Create(c => c.IsFloat ? 0 : c.Reverted.IsEmpty ? int8 : other, drop, seed);
            var configuration = Configuration.FullyQuantized.Revert(1);
            var early = validation.JudgeUnlessHopeless(configuration, start, default);
            var whole = validation.Judge(configuration, default);
            Assert.AreEqual(whole.Verdict.WithinBudget, early.Verdict.WithinBudget, $"seed {seed}");
            Assert.AreEqual(other / (double)Samples <= drop + 1e-9, whole.Verdict.WithinBudget, $"seed {seed}");
            Assert.IsLessThanOrEqualTo(whole.Verdict.Metrics[0].Drop, early.Verdict.Metrics[0].Drop, $"seed {seed}");
            stopped += early.IsBound ? 1 : 0;
        }
        Assert.IsGreaterThan(50, stopped);
    }

    [TestMethod]
    public void JudgeUnlessHopeless_WithinBudget_RunsEverySample()
    {
        var (model, validation, start) = Create(c => c.IsFloat ? 0 : c.Reverted.IsEmpty ? 100 : 10, maximalDrop: 0.1);
        var judged = validation.JudgeUnlessHopeless(Configuration.FullyQuantized.Revert(1), start, default);
        Assert.IsFalse(judged.IsBound);
        Assert.IsTrue(judged.Verdict.WithinBudget);
        Assert.AreEqual(Samples, model.Asked[^1].Samples);
        CollectionAssert.AreEqual(Enumerable.Range(0, Samples).ToArray(), judged.Evaluation.Samples.ToArray());
    }

    [TestMethod]
    public void JudgeUnlessHopeless_MetricWithoutABound_NeverStops()
    {
        var model = new MadeUpModel(Samples, [new MeanMetric("anything")], (c, _, _) => c.IsFloat ? 1 : 0);
        var validation = new Validation(model, new Budget(model.Metrics, [1.0], 0.1, DropType.Absolute));
        Assert.IsFalse(validation.JudgeUnlessHopeless(Configuration.FullyQuantized.Revert(0), validation.Judge(Configuration.FullyQuantized, default), default).IsBound);
        Assert.IsTrue(model.Asked.All(a => a.Samples == Samples));
    }

    /// <summary>A model that gets the given number of samples wrong, which ones depends on the seed.</summary>
    private static (MadeUpModel Model, Validation Validation, Judgement Start) Create(Func<Configuration, int> wrong, double maximalDrop, int seed = 1)
    {
        var order = Enumerable.Range(0, Samples).ToArray();
        new Random(seed).Shuffle(order);
        var place = new int[Samples];
        for (var i = 0; i < Samples; i++)
            place[order[i]] = i;
        var model = new MadeUpModel(Samples, [new ShareOfRight()], (c, sample, _) => place[sample] < wrong(c) ? 0 : 1);
        var validation = new Validation(model, new Budget(model.Metrics, [1.0], maximalDrop, DropType.Absolute));
        return (model, validation, validation.Judge(Configuration.FullyQuantized, default));
    }
}
