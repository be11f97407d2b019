using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class BaselineTests
{
    [TestMethod]
    public void Of_EveryMetricStated_RunsNothing()
    {
        var model = Model();
        var baseline = Baseline.Of(model, [Specification("a", 0.25), Specification("b", 0.75)], "the float model", default);
        CollectionAssert.AreEqual(new[] { 0.25, 0.75 }, baseline.Values.ToArray());
        Assert.IsEmpty(model.Asked);
        Assert.HasCount(5, baseline.Reference(model, 0.5, default).Value.Samples, "the float model runs on half of the samples, and only when somebody asks");
    }

    [TestMethod]
    public void Of_OneOfTwoStated_MeasuresBothOnAllSamples()
    {
        var model = Model();
        var baseline = Baseline.Of(model, [Specification("a", 0.25), Specification("b", null)], "the float model", default);
        CollectionAssert.AreEqual(new[] { 1.0, 2.0 }, baseline.Values.ToArray(), "a value that only some metrics state is not used");
        Assert.AreEqual((Configuration.Float, 10), model.Asked.Single());
        Assert.HasCount(10, baseline.Reference(model, 0.5, default).Value.Samples, "metric_subset_ratio only matters when all are stated");
    }

    private static MadeUpModel Model() => new(10, [new MeanMetric("a"), new MeanMetric("b")], (_, _, k) => k + 1);

    private static MetricSpecification Specification(string name, double? baseline)
    {
        var at = new SourcePosition("quantize.yaml", 1, 1);
        return new MetricSpecification(new Located<string>(name, at), baseline is { } value ? new Located<double>(value, at) : null, ImmutableSortedDictionary<string, Located<object>>.Empty);
    }
}
