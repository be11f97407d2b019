using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>
/// The float metric of real models on real data, beside the figure of each case.md, which an evaluator measured that shares no code with this one (numpy, Pillow).
/// Two cases take minutes and run when QUANTIZE_SLOW_TESTS is set.
/// </summary>
[TestClass]
public class CaseMetricTests
{
    [TestMethod]
    [DataRow("cifar10_resnet8", "accuracy@top1", "", 0.881, 0.0005, false)]
    [DataRow("speechcmd_kwt1", "accuracy@top1", "", 0.972, 0.0005, false)]
    [DataRow("fer2013_minixception", "accuracy@top1", "", 0.6567, 0.00005, false)]
    [DataRow("superres_x3", "psnr", "data_range=1 crop_border=3", 23.1086, 0.0001, false)]
    [DataRow("imagenet_mobilenetv2", "accuracy@top1", "", 0.795, 0.002, true)]
    [DataRow("coco_espnetv2_seg", "mean_iou", "classes=21 axis=1 ignore=255", 0.34606, 0.00005, true)]
    public void Aggregate_FloatModel_IsTheFigureOfTheCase(string name, string metricName, string parameters, double expected, double tolerance, bool slow)
    {
        var (source, model) = (CaseSources.Validation(name), Cases.Model(name));
        if (slow && Environment.GetEnvironmentVariable("QUANTIZE_SLOW_TESTS") is null or "")
            Assert.Inconclusive($"NOT TESTED: '{name}' takes minutes. Set QUANTIZE_SLOW_TESTS=1 to run it.");
        var metric = Specifications.Create(metricName, parameters);
        var loader = DataSource.Open(source);
        using var session = ModelSession.Open(model, new SessionSettings { Threads = 1 });

        var contributions = SampleStream.Read(loader, [.. Enumerable.Range(0, loader.Count)], 2, CancellationToken.None)
            .Select(sample => metric.Observe(new MetricInput(session.Run(sample.Inputs), session.Outputs[0].Name, sample.Label, null, sample.Name))).ToList();

        var value = metric.Aggregate(contributions);
        Console.WriteLine($"{name}: {metricName} = {value:R} on {contributions.Count} samples, the case says {expected:R}");
        Assert.AreEqual(expected, value, tolerance);
    }
}
