using QuantizeTasks.Diagnostics;
using QuantizeTasks.Metrics;
using QuantizeTasks.Plugins;
using static QuantizeTasks.Tests.Plugins.TestPlugins;

namespace QuantizeTasks.Tests.Plugins;

/// <summary>Metrics of the user's own do what the built-in ones do, and are held to their contract.</summary>
[TestClass]
public sealed class PluginMetricTests
{
    [TestMethod]
    public void Create_MeanMetric_TakesPartInEarlyStopping()
    {
        var metric = Metric("Hits");
        Assert.AreEqual("my Hits", metric.Name);
        Assert.AreEqual(1, ((IMeanMetric)metric).Best);
        CollectionAssert.AreEqual(new[] { 1.0 }, metric.Observe(Input("s", 0, 5, 1)));
        CollectionAssert.AreEqual(new[] { 0.0 }, metric.Observe(Input("s", 9, 5, 1)));
        Assert.AreEqual(0.5, metric.Aggregate([[1], [0]]));
    }

    [TestMethod]
    [DataRow("throws", DiagnosticCodes.PluginFailed, "Observe(s) of TestPlugins.Broken failed: FormatException: cannot score s <- KeyNotFoundException: no such class Thrown in TestPlugins.Broken.Deep (Metrics.cs:")]
    [DataRow("cancels", DiagnosticCodes.PluginFailed, "OperationCanceledException")]
    [DataRow("null", DiagnosticCodes.PluginContract, "contributed null for s")]
    [DataRow("empty", DiagnosticCodes.PluginContract, "contributed nothing for s")]
    public void Observe_Wrong_IsAnError(string how, string code, string says) =>
        Assert.Contains(says, Fails(code, () => Metric("Broken", ("how", how)).Observe(Input())).Message);

    [TestMethod]
    public void Create_PropertyThrows_IsAnError() => Assert.Contains("no direction", Fails(DiagnosticCodes.PluginFailed, () => Metric("Broken", ("how", "property"))).Message);

    [TestMethod]
    public void Aggregate_Throws_IsAnError() => Assert.Contains("Aggregate of TestPlugins.Broken failed", Fails(DiagnosticCodes.PluginFailed, () => Metric("Broken", ("how", "aggregate")).Aggregate([[1]])).Message);

    [TestMethod]
    public void Observe_DifferentLengths_IsAnError()
    {
        var metric = Metric("Broken", ("how", "lengths"));
        metric.Observe(Input());
        Assert.Contains("for another sample", Fails(DiagnosticCodes.PluginContract, () => metric.Observe(Input("t"))).Message);
    }

    [TestMethod]
    public void Observe_OneArrayAgainAndAgain_WhatWasObservedStays()
    {
        var metric = Metric("Broken", ("how", "reuses"));
        var first = metric.Observe(Input());
        metric.Observe(Input());
        Assert.AreEqual(1, first[0]);
    }

    [TestMethod]
    public void Observe_NaN_IsAValueThatNoVerdictTakes() => Assert.IsTrue(double.IsNaN(Metric("Broken", ("how", "nan")).Observe(Input())[0]));

    [TestMethod]
    public void Aggregate_CallsItselfAMeanAndIsNone_IsAnError()
    {
        var metric = Metric("FalseMean");
        Assert.AreEqual(2, metric.Aggregate([[2], [2]]));
        Assert.Contains("is an IMeanMetric, but its Aggregate gives 3 where the mean is 2", Fails(DiagnosticCodes.PluginContract, () => metric.Aggregate([[1], [3]])).Message);
    }

    [TestMethod]
    public void Observe_BetterThanTheBest_IsAnError() =>
        Assert.Contains("better than what it calls the best, 2", Fails(DiagnosticCodes.PluginContract, () => Metric("FalseMean", ("best", 2L)).Observe(Input("abc"))).Message);

    [TestMethod]
    public void Observe_MeanOfTwoNumbers_IsAnError() =>
        Assert.Contains("it contributes one", Fails(DiagnosticCodes.PluginContract, () => Metric("FalseMean", ("length", 2L)).Observe(Input())).Message);

    [TestMethod]
    public void PostProcessing_BuiltInMetric_SeesWhatItMade()
    {
        var specification = new Manifest.MetricSpecification(new("mae", At), null, MetricEntry("Hits").Parameters);
        var metric = BudgetedMetrics.Of([specification], Specification("Doubles")).Single().Metric;
        Assert.AreEqual(9, metric.Observe(Input("s", 5))[0], "|2 * 5 - 1|");
        Assert.AreEqual(0, ((IMeanMetric)metric).Best);
        Assert.Contains("TestPlugins.Doubles", metric.Definition);
    }

    [TestMethod]
    public void PostProcessing_ReferenceToo_IsProcessed()
    {
        var specification = new Manifest.MetricSpecification(new("agreement", At), null, MetricEntry("Hits").Parameters);
        var metric = BudgetedMetrics.Of([specification], Specification("Doubles", ("name", "only"))).Single().Metric;
        var input = Input("s", 0.4f);
        var reference = new Dictionary<string, Tensor> { ["y"] = Tensor.Create([0.3f], 1, 1) };
        // Above the threshold of 0.5 after doubling, below it before.
        CollectionAssert.AreEqual(new[] { 1.0, 1.0 }, metric.Observe(new MetricInput(input.Outputs, "y", null, reference)));
        CollectionAssert.AreEqual(new[] { 0.0, 1.0 }, metric.Observe(new MetricInput(input.Outputs, "y", null, new Dictionary<string, Tensor> { ["y"] = Tensor.Create([0.2f], 1, 1) })));
    }

    [TestMethod]
    public void PostProcessing_Null_IsAnError()
    {
        var specification = new Manifest.MetricSpecification(new("mae", At), null, MetricEntry("Hits").Parameters);
        var metric = BudgetedMetrics.Of([specification], Specification("Doubles", ("returns_null", true))).Single().Metric;
        Assert.Contains("gave null for s", Fails(DiagnosticCodes.PluginContract, () => metric.Observe(Input())).Message);
    }
}
