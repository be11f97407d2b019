using QuantizeTasks.Metrics;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>Metrics on slices and classes.</summary>
[TestClass]
public sealed class PartMetricTests
{
    private static readonly IMetric Accuracy = Specifications.Create("accuracy@top1");

    [TestMethod]
    public void Aggregate_Slice_IsTheMetricOnItsSamplesAlone()
    {
        var night = new PartMetric(Accuracy, SamplePart.Slice, "night");
        double[][] contributions = [night.Observe(Input(0, 0, "night")), night.Observe(Input(0, 1, "night")), night.Observe(Input(1, 1, "day")), night.Observe(Input(1, 1, null))];

        Assert.AreEqual(0.5, night.Aggregate(contributions));
        Assert.AreEqual("accuracy@top1 [slice night]", night.Name);
        CollectionAssert.AreEqual(new[] { 1.0, 0, 0, 0 }, contributions.Select(c => night.PerSample(c)).ToArray());
        Assert.IsTrue(PartMetric.HasAny(contributions));
        Assert.IsFalse(PartMetric.HasAny(contributions.Skip(2)));
    }

    [TestMethod]
    public void Aggregate_Class_IsTheMetricOnItsSamplesAlone()
    {
        var first = new PartMetric(Accuracy, SamplePart.Class, "1");
        Assert.AreEqual(2.0 / 3, first.Aggregate([first.Observe(Input(1, 1)), first.Observe(Input(1, 1)), first.Observe(Input(1, 0)), first.Observe(Input(0, 1))]), 1e-15);
    }

    [TestMethod]
    public void Aggregate_WorstClass_IsTheLargestLossAndNotTheLowestValue()
    {
        var worst = new WorstPartMetric(Accuracy, SamplePart.Class);
        // Class 0: 1 of 4 right in float and in int8, the lowest value of all. Class 1: 4 of 4 in float, 2 of 4 in int8. Class 2: better in int8.
        double[][] contributions =
        [
            .. Enumerable.Range(0, 4).Select(i => worst.Observe(Input(0, i == 0 ? 0 : 1, before: i == 1 ? 0 : 2))),
            .. Enumerable.Range(0, 4).Select(i => worst.Observe(Input(1, i < 2 ? 1 : 2, before: 1))),
            .. Enumerable.Range(0, 4).Select(_ => worst.Observe(Input(2, 2, before: 1))),
        ];

        Assert.AreEqual(0.5, worst.Aggregate(contributions));
        Assert.IsFalse(worst.HigherIsBetter);
        Assert.IsTrue(worst.NeedsReference);
    }

    [TestMethod]
    public void Aggregate_WorstPart_FloatModelItself_IsZero()
    {
        foreach (var part in (SamplePart[])[SamplePart.Class, SamplePart.Slice])
        {
            var worst = new WorstPartMetric(Accuracy, part);
            Assert.AreEqual(0.0, worst.Aggregate([.. Enumerable.Range(0, 9).Select(i => worst.Observe(Input(i % 3, i % 2, i % 2 == 0 ? "a" : "b", before: i % 2)))]));
        }
    }

    [TestMethod]
    public void Aggregate_WorstSliceOfNone_IsNotANumber() =>
        Assert.AreEqual(double.NaN, new WorstPartMetric(Accuracy, SamplePart.Slice) is var worst ? worst.Aggregate([worst.Observe(Input(0, 0, before: 0))]) : 0);

    [TestMethod]
    [DataRow("a")]
    [DataRow("b")]
    [DataRow("c")]
    public void Aggregate_OnePartIsNotANumber_IsNotANumber(string broken)
    {
        var worst = new WorstPartMetric(Specifications.Create("mae"), SamplePart.Slice);
        double[][] contributions = [.. ((string[])["a", "b", "c"]).Select(slice => worst.Observe(new MetricInput(
            Output(Tensor.Create([slice == broken ? float.NaN : 1], 1, 1)), "y", Tensor.Create([0.0]), Output(Tensor.Create([1f], 1, 1)), "s", slice)))];
        Assert.AreEqual(double.NaN, worst.Aggregate(contributions));
    }

    /// <summary>The area under a curve says nothing of a slice with one class, so nobody knows whether that slice is worse.</summary>
    [TestMethod]
    public void Aggregate_MetricIsUndefinedOnOneSlice_IsNotANumber()
    {
        var worst = new WorstPartMetric(Specifications.Create("roc_auc"), SamplePart.Slice);
        Assert.AreEqual(double.NaN, worst.Aggregate([.. (((int, string)[])[(0, "a"), (1, "a"), (1, "b"), (1, "b")]).Select(s => worst.Observe(Input(s.Item1, s.Item1, s.Item2, before: s.Item1)))]));
    }

    [TestMethod]
    public void Aggregate_WorstPartOfAnErrorMetric_LooksAtTheRise()
    {
        var worst = new WorstPartMetric(Specifications.Create("mae"), SamplePart.Slice);
        double[] Observe(string slice, float value, float before) =>
            worst.Observe(new MetricInput(Output(Tensor.Create([value], 1, 1)), "y", Tensor.Create([0.0]), Output(Tensor.Create([before], 1, 1)), "s", slice));
        Assert.AreEqual(1.5, worst.Aggregate([Observe("a", 1, 1), Observe("b", 3, 1), Observe("b", 2, 1)]));
    }

    [TestMethod]
    public void Parse_NamesOfSlices_AreDifferentNumbers()
    {
        var numbers = Enumerable.Range(0, 20_000).Select(i => SamplePart.Slice.Parse($"slice {i}")).ToArray();
        Assert.HasCount(numbers.Length, numbers.Distinct());
        Assert.IsTrue(numbers.All(n => n == Math.Floor(n) && n is >= 0 and < 281474976710656));
        Assert.AreEqual(double.NaN, SamplePart.Class.Parse("cat"));
    }

    private static MetricInput Input(int label, int predicted, string? slice = null, int? before = null) => new(
        Output(Scores(predicted)), "y", Observations.Class(label), before is { } reference ? Output(Scores(reference)) : null, "s", slice);

    private static Tensor Scores(int predicted) => Observations.Vector([.. Enumerable.Range(0, 3).Select(c => c == predicted ? 1f : 0)]);

    private static Dictionary<string, Tensor> Output(Tensor tensor) => new(StringComparer.Ordinal) { ["y"] = tensor };
}
