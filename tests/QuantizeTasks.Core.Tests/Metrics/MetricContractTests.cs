using QuantizeTasks.Diagnostics;
using QuantizeTasks.Metrics;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>What holds of every metric.</summary>
[TestClass]
public class MetricContractTests
{
    public static IEnumerable<object[]> Metrics =>
    [
        ["accuracy@top1", ""], ["accuracy@top5", ""], ["agreement", ""], ["cosine", ""], ["f1", ""], ["f1", "average=micro"], ["mae", ""], ["mean_iou", "classes=6 ignore=6"], ["psnr", "data_range=10"], ["rmse", ""],
    ];

    [TestMethod]
    public void Metrics_CoverEveryName() => CollectionAssert.AreEquivalent(MetricFactory.Names.ToArray(), Metrics.Select(m => (string)m[0]).Distinct().ToArray());

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void Aggregate_OfASubset_FollowsFromContributionsObservedInAnyOrder(string name, string parameters)
    {
        var samples = Samples(name);
        var metric = Specifications.Create(name, parameters);
        var contributions = samples.Select(s => metric.Observe(s)).ToList();
        var random = new Random(3);
        for (var round = 0; round < 20; round++)
        {
            var subset = Enumerable.Range(0, samples.Count).Where(_ => random.Next(2) == 0).Append(0).Distinct().Order().ToArray();
            var observed = new double[subset.Length][];
            foreach (var position in Enumerable.Range(0, subset.Length).OrderBy(_ => random.Next()))
                observed[position] = Specifications.Create(name, parameters).Observe(samples[subset[position]]);

            Assert.AreEqual(metric.Aggregate([.. subset.Select(i => contributions[i])]), metric.Aggregate(observed));
        }
        Assert.HasCount(1, contributions.Select(c => c.Length).Distinct().ToList());
    }

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void Aggregate_OfOneSample_IsItsPerSampleValue(string name, string parameters)
    {
        var metric = Specifications.Create(name, parameters);
        foreach (var sample in Samples(name))
        {
            var contribution = metric.Observe(sample);
            Assert.AreEqual(metric.PerSample(contribution), metric.Aggregate([contribution]), 1e-15);
        }
    }

    /// <summary>An answer equal to the label (or to the float model's) is at least as good as any other, in the metric's own direction, and not worse than a wrong one by any sample.</summary>
    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void HigherIsBetter_PerfectAnswer_IsBetterThanAWrongOne(string name, string parameters)
    {
        var metric = Specifications.Create(name, parameters);
        var samples = Samples(name);
        var perfect = metric.Aggregate([.. samples.Select(s => metric.Observe(Perfect(s, name)))]);
        var other = metric.Aggregate([.. samples.Select(s => metric.Observe(s))]);

        Assert.AreEqual(name is not ("mae" or "rmse"), metric.HigherIsBetter);
        Assert.IsTrue(metric.HigherIsBetter ? perfect > other : perfect < other, $"{perfect} against {other}");
        Assert.AreEqual(name switch { "mae" or "rmse" => 0, "psnr" => 100, _ => 1 }, perfect, 1e-12);
    }

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void Aggregate_OneNaNInOneOutput_IsNaN(string name, string parameters)
    {
        var metric = Specifications.Create(name, parameters);
        var samples = Samples(name).ToList();
        var length = samples[0].Outputs["y"].Length;
        foreach (var at in new[] { 0, length / 2, length - 1 })
        {
            var output = (float[])samples[2].Outputs["y"].As<float>().Clone();
            output[at] = float.NaN;
            var broken = metric.Observe(new MetricInput(new Dictionary<string, Tensor> { ["y"] = Tensor.Create(output, [.. samples[2].Outputs["y"].Shape]) }, "y", samples[2].Label, samples[2].Reference));

            Assert.AreEqual(double.NaN, metric.PerSample(broken), $"at {at}");
            Assert.AreEqual(double.NaN, metric.Aggregate([metric.Observe(samples[0]), broken, metric.Observe(samples[1])]), $"at {at}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void Observe_WithoutWhatItNeeds_IsRefused(string name, string parameters)
    {
        var metric = Specifications.Create(name, parameters);
        var sample = Samples(name)[0];

        Assert.AreNotEqual(metric.NeedsLabels, metric.NeedsReference);
        if (metric.NeedsLabels)
            StringAssert.Contains(Sources.Error(() => metric.Observe(Observations.Of(sample.Outputs["y"])), DiagnosticCodes.LabelMissing).Message, "cat.png", StringComparison.Ordinal);
        else
            Sources.Error(() => metric.Observe(Observations.Of(sample.Outputs["y"])), DiagnosticCodes.InternalError);
    }

    [TestMethod]
    public void Definition_OtherParameters_IsAnother()
    {
        string[] all = [.. Metrics.Concat([["psnr", "data_range=11"], ["psnr", "data_range=10 crop_border=1"], ["mean_iou", "classes=6"], ["mae", "output=z"], ["f1", "threshold=0.25"], ["agreement", "axis=1"]])
            .Select(m => Specifications.Create((string)m[0], (string)m[1]).Definition)];

        Assert.HasCount(all.Length, all.Distinct(StringComparer.Ordinal).ToList());
    }

    private static IReadOnlyList<MetricInput> Samples(string name) => name switch
    {
        "mean_iou" => Observations.Dense(),
        "mae" or "rmse" or "psnr" => [.. Observations.Classification().Select(s => Observations.Of(s.Outputs["y"], Tensor.Create(Array.ConvertAll(s.Reference!["y"].As<float>(), v => v % 10), 7)))],
        _ => Observations.Classification(),
    };

    private static MetricInput Perfect(MetricInput sample, string name)
    {
        var shape = sample.Outputs["y"].Shape.ToArray();
        Tensor OneHot(int length, Func<int, bool> hot) => Tensor.Create([.. Enumerable.Range(0, length).Select(i => hot(i) ? 1f : 0f)], shape);
        var output = name switch
        {
            "mean_iou" => OneHot(120, i => i / 20 == sample.Label!.As<byte>()[i % 20]),
            "mae" or "rmse" or "psnr" => sample.Label!,
            "agreement" or "cosine" => sample.Reference!["y"],
            _ => OneHot(7, i => i == sample.Label!.As<long>()[0]),
        };
        return Observations.Of(output, sample.Label, sample.Reference?["y"]);
    }
}
