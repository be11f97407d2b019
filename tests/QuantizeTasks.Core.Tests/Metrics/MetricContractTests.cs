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
        ["accuracy@top1", ""], ["accuracy@top5", ""], ["agreement", ""], ["cer", ""], ["coco_precision", ""], ["cosine", ""], ["dice", "classes=6 ignore=6"], ["exact_match", ""], ["f1", ""], ["f1", "average=micro"], ["kl", "scores=logits"],
        ["log_loss", "scores=logits"], ["mae", ""], ["map", ""], ["mean_accuracy", "classes=6 ignore=6"], ["mean_iou", "classes=6 ignore=6"], ["pixel_accuracy", "classes=6 ignore=6"], ["perplexity", "scores=logits"], ["precision", ""], ["psnr", "data_range=10"], ["r2", ""], ["recall", ""], ["rmse", ""],
        ["rmse", "average=pooled"], ["roc_auc", ""], ["sqnr", ""], ["ssim", "data_range=10"], ["token_f1", ""], ["wer", ""],
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
        if (name is "roc_auc" or "r2")
            return; // One sample has none: MetricReferenceTests says what ranks samples then.
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

        Assert.AreEqual(name is not ("mae" or "rmse" or "cer" or "wer" or "kl" or "log_loss" or "perplexity"), metric.HigherIsBetter);
        Assert.IsTrue(metric.HigherIsBetter ? perfect > other : perfect < other, $"{perfect} against {other}");
        Assert.AreEqual(name switch { "mae" or "rmse" or "cer" or "wer" or "kl" or "log_loss" => 0, "psnr" or "sqnr" => 100, _ => 1 }, perfect, 1e-12);
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
        "mean_iou" or "dice" or "mean_accuracy" or "pixel_accuracy" => Observations.Dense(),
        "perplexity" or "cer" or "wer" or "exact_match" or "token_f1" => Tokens(),
        "map" or "coco_precision" => MeanAveragePrecisionTests.AsSsd(12),
        "ssim" => [.. Observations.Classification().Take(12).Select((_, n) => Observations.Of(Image(n, 997), Image(n, 1009)))],
        "mae" or "rmse" or "psnr" or "r2" => [.. Observations.Classification().Select(s => Observations.Of(s.Outputs["y"], Tensor.Create(Array.ConvertAll(s.Reference!["y"].As<float>(), v => v % 10), 7)))],
        _ => Observations.Classification(),
    };

    private static MetricInput Perfect(MetricInput sample, string name)
    {
        var shape = sample.Outputs["y"].Shape.ToArray();
        Tensor OneHot(int length, Func<int, bool> hot) => Tensor.Create([.. Enumerable.Range(0, length).Select(i => hot(i) ? 1f : 0f)], shape);
        var output = name switch
        {
            "mean_iou" or "dice" or "mean_accuracy" or "pixel_accuracy" => OneHot(120, i => i / 20 == sample.Label!.As<byte>()[i % 20]),
            "mae" or "rmse" or "psnr" or "r2" or "ssim" => sample.Label!,
            "agreement" or "cosine" or "sqnr" or "kl" => sample.Reference!["y"],
            "perplexity" => Tensor.Create(Array.ConvertAll(OneHot(42, i => i % 7 == sample.Label!.As<long>()[i / 7]).As<float>(), v => v * 1000), shape),
            "cer" or "wer" or "exact_match" or "token_f1" => sample.Label!,
            "map" or "coco_precision" => MeanAveragePrecisionTests.PerfectSsd(sample.Label!),
            "log_loss" => Tensor.Create(Array.ConvertAll(OneHot(7, i => i == sample.Label!.As<long>()[0]).As<float>(), v => v * 1000), shape),
            _ => OneHot(7, i => i == sample.Label!.As<long>()[0]),
        };
        return Observations.Of(output, sample.Label, sample.Reference?["y"]);
    }

    /// <summary>Ten samples of six tokens of seven.</summary>
    private static IReadOnlyList<MetricInput> Tokens() =>
    [
        .. Observations.Classification().Chunk(6).Select(six => Observations.Of(
            Tensor.Create(six.SelectMany(s => s.Outputs["y"].As<float>()).ToArray(), 1, 6, 7), Tensor.Create(six.Select(s => s.Label!.As<long>()[0]).ToArray(), 6))),
    ];

    private static Tensor Image(int n, int modulus) => Tensor.Create([.. Enumerable.Range(0, 144).Select(i => ((37 * n * n) + (41 * i * i) + (97 * n * i)) % modulus / 128f)], 1, 1, 12, 12);
}
