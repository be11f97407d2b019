using System.Text.Json;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>Small real networks with planted faults, through the whole pipeline with real sessions.</summary>
[TestClass]
public sealed class PlantedModelTests
{
    private const int Depth = 8;
    private const double Drop = 0.05;

    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Run_OneOutlierChannel_NamesTheLayerThatReadsItAndWhy(SearchStrategy strategy)
    {
        using var project = new PipelineProject(Network(alone: [5]));
        var report = Run(project, strategy, Drop);
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        CollectionAssert.Contains(report.Layers.Reverted.ToArray(), "conv5");
        var found = report.SearchDetails!.Changed.Single(c => c.Layers.Contains("conv5"));
        StringAssert.Contains(found.Why, "channel 0 of its input");
        Assert.IsGreaterThan(0, found.Bought!.Value);
        if (strategy == SearchStrategy.Fast)
            Assert.HasCount(1, report.SearchDetails.Changed);
    }

    [TestMethod]
    public void Run_TwoOutlierChannels_BothLayersAreNamed()
    {
        using var project = new PipelineProject(Network(alone: [3, 6]));
        var report = Run(project, SearchStrategy.Fast, Drop);
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        CollectionAssert.IsSubsetOf(new[] { "conv3", "conv6" }, report.Layers.Reverted.ToArray());
        Assert.HasCount(2, report.SearchDetails!.Changed);
        using var ranking = JsonDocument.Parse(File.ReadAllBytes(project.File("report", RankingFiles.JsonName)));
        var states = ranking.RootElement.GetProperty("ranking").EnumerateArray().ToDictionary(r => r.GetProperty("group").GetString()!, r => r.GetProperty("state").GetString());
        Assert.AreEqual("float", states["conv3"]);
        Assert.AreEqual("int8", states["conv4"]);
        StringAssert.StartsWith(File.ReadAllText(project.File("report", RankingFiles.CsvName)), "rank,group,state,");
    }

    /// <summary>The tensor between two int8 kernels is ruined whether one or the other is in float, so only both together help.</summary>
    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Run_OutlierBetweenTwoLayers_BothAreNamed(SearchStrategy strategy)
    {
        using var project = new PipelineProject(Network(between: [5]));
        var report = Run(project, strategy, Drop);
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        CollectionAssert.IsSubsetOf(new[] { "conv4", "conv5" }, report.Layers.Reverted.ToArray());
        if (strategy == SearchStrategy.Fast)
            Assert.HasCount(2, report.Layers.Reverted);
    }

    [TestMethod]
    [DataRow(SearchStrategy.Fast)]
    [DataRow(SearchStrategy.Greedy)]
    public void Run_BudgetThatNoRevertMeets_FailsWithTheBestDropAndWhatMayHelp(SearchStrategy strategy)
    {
        using var project = new PipelineProject(Network(alone: [5]));
        var report = Run(project, strategy, -0.5);
        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        Assert.IsFalse(File.Exists(project.OutputPath));
        Assert.AreEqual(report.Search.Where(s => !s.IsBound && !s.IsForecast).Min(s => s.Drops[0]), report.Metrics[0].Drop, 1e-12);
        Assert.HasCount(3, report.SearchDetails!.NextSteps);
        StringAssert.Contains(Summary.BudgetErrors(report, null)[0].Message, "What may help: (1)");
    }

    [TestMethod]
    [DataRow(ModelFormat.QOperator, false)]
    [DataRow(ModelFormat.Qdq, true)]
    public void Run_OtherForms_AreSearchedToo(ModelFormat format, bool weightsOnly)
    {
        using var project = new PipelineProject(Network(alone: [5]));
        var report = project.Run(project.Manifest(-0.5, edit: m => m with
        {
            Compression = m.Compression with { Format = format, Quantization = m.Compression.Quantization with { WeightsOnly = weightsOnly } },
        }));
        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        Assert.IsNotEmpty(report.SearchDetails!.Ranking);
        Assert.IsTrue(report.SearchDetails.Changed.All(c => c.Why.Length > 0));
    }

    [TestMethod]
    public void Run_FewerIterationsThanNeeded_SaysSoFirst()
    {
        using var project = new PipelineProject(Network(alone: [3, 6]));
        var report = project.Run(project.Manifest(0.0, edit: m => m with
        {
            Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { Search = SearchStrategy.Greedy, MaxIterNum = 1 } },
        }));
        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        StringAssert.StartsWith(report.SearchDetails!.NextSteps[0], "Raise max_iter_num, now 1");
    }

    [TestMethod]
    public void Run_CancelledAfterTheFirstRanking_LeavesTheRankingAndTheBestModel()
    {
        using var project = new PipelineProject(Network(alone: [3, 6]));
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => project.Run(project.Manifest(0.0), onEvent: e =>
        {
            if (e is RankingFinished)
                source.Cancel();
        }, cancellation: source.Token));
        Assert.IsFalse(File.Exists(project.OutputPath));
        Assert.IsTrue(File.Exists(project.BestPath));
        using var ranking = JsonDocument.Parse(File.ReadAllBytes(project.File("report", RankingFiles.JsonName)));
        Assert.IsGreaterThan(5, ranking.RootElement.GetProperty("ranking").GetArrayLength());
        Assert.IsTrue(File.Exists(project.File("report", RankingFiles.CsvName)));
    }

    [TestMethod]
    public void Run_NoSearchAfterOne_LeavesNoOldRanking()
    {
        using var project = new PipelineProject(Network(alone: [5]));
        Run(project, SearchStrategy.Fast, Drop);
        Assert.IsTrue(File.Exists(project.File("report", RankingFiles.CsvName)));
        var report = project.Run(project.Manifest(0.99));
        Assert.IsNull(report.SearchDetails);
        Assert.IsFalse(File.Exists(project.File("report", RankingFiles.CsvName)));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Run_AnyNumberOfWorkers_SameWalkAndSameBytes(int workers)
    {
        (string Walk, string Sha256) Of(int count)
        {
            using var project = new PipelineProject(Network(between: [5]));
            var report = project.Run(project.Manifest(Drop), workers: count);
            return (string.Join('\n', report.Search.Select(s => $"{s.Action} {string.Join(' ', s.Drops)} {s.Kept} {s.IsBound} {s.IsForecast}")), report.Output!.Sha256);
        }
        Assert.AreEqual(Of(2), Of(workers));
    }

    /// <summary>What the original logs, in its order: baseline, how much is quantized, its metrics and drops, then by turns what is worked on, what was reverted, and the drops after it.</summary>
    [TestMethod]
    public void Run_GreedySearch_TellsWhatTheOriginalLogs()
    {
        using var project = new PipelineProject(Network(alone: [3, 6]));
        var report = Run(project, SearchStrategy.Greedy, Drop);
        var events = project.Events.ToList();
        Assert.AreEqual($"Quantizing {report.Layers.Quantizable} layers", events.OfType<StageStarted>().Single(s => s.Stage == "quantize").Description);
        var baseline = events.OfType<BaselineMeasured>().Single();
        Assert.AreEqual((report.Metrics[0].Name, report.Metrics[0].Baseline, PipelineProject.Samples), (baseline.Metric, baseline.Value, baseline.Samples));

        var judged = events.OfType<ConfigurationJudged>().ToArray();
        Assert.AreEqual(0, judged[0].Iteration.Reverted.Length);
        foreach (var each in judged)
            Assert.AreEqual(each.Metrics[0].Baseline - each.Metrics[0].Quantized, each.Metrics[0].Drop, 1e-12);
        Assert.AreEqual(report.Metrics[0].Quantized, judged[^1].Metrics[0].Quantized);
        var kept = judged.Where(j => j.Iteration.Kept).ToArray();
        for (var i = 1; i < kept.Length; i++)
        {
            CollectionAssert.IsSubsetOf(kept[i - 1].Iteration.Reverted.ToArray(), kept[i].Iteration.Reverted.ToArray());
            foreach (var layer in kept[i].Iteration.Reverted.Except(kept[i - 1].Iteration.Reverted))
                StringAssert.Contains(kept[i].Iteration.Action, layer);
        }
        CollectionAssert.AreEqual(report.Layers.Reverted.ToArray(), kept[^1].Iteration.Reverted.ToArray());

        var rankings = events.OfType<RankingFinished>().ToArray();
        Assert.IsTrue(rankings.All(r => r.Metric == report.Metrics[0].Name));
        Assert.AreEqual(rankings.Length, events.OfType<StageStarted>().Count(s => s.Stage == "rank" && s.Description.Contains($"by {report.Metrics[0].Name} on", StringComparison.Ordinal)));
        int[] order = [events.IndexOf(baseline), events.IndexOf(judged[0]), events.IndexOf(rankings[0]), events.IndexOf(judged[1])];
        CollectionAssert.AreEqual(order.Order().ToArray(), order);
    }

    [TestMethod]
    public void Run_Search_TellsRankingsAndHowLongItTakes()
    {
        using var project = new PipelineProject(Network(alone: [3, 6]));
        var report = Run(project, SearchStrategy.Fast, 0.0);
        var ranked = project.Events.OfType<RankingFinished>().First();
        Assert.AreEqual("accuracy@top1", ranked.Metric);
        Assert.AreEqual(ranked.Candidates, ranked.Groups.Count);
        var estimates = project.Events.OfType<TimeEstimated>().ToArray();
        Assert.IsTrue(estimates.Length > 0 && estimates[0].IsFirst && estimates.All(e => e.SecondsLeft >= 0));
        Assert.IsGreaterThan(0, report.SearchDetails!.Effort.EstimatedSeconds!.Value);
        Assert.IsGreaterThan(0, report.SearchDetails.Effort.Sessions);
        Assert.IsGreaterThan(0, report.SearchDetails.Effort.Samples);
    }

    private static RunReport Run(PipelineProject project, SearchStrategy strategy, double maximalDrop)
    {
        var report = project.Run(project.Manifest(maximalDrop, edit: m => m with { Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { Search = strategy } } }));
        Assert.IsGreaterThan(maximalDrop, report.Search[0].Drops[0], "plain int8 must miss the budget, or this tests nothing");
        return report;
    }

    /// <summary>
    /// A row of convolutions and a classifier. The first input channel of each planted one is a thousand times as large as the others and its weights as much smaller: the same function in
    /// float, but one scale for the tensor leaves nothing of the other channels.
    /// </summary>
    /// <param name="alone">Convolutions before which a float operator makes the channel large, so that only their own input is hurt.</param>
    /// <param name="between">Convolutions before which the convolution before them does, so that its int8 output is hurt too.</param>
    private static OnnxModel Network(int[]? alone = null, int[]? between = null)
    {
        (alone, between) = (alone ?? [], between ?? []);
        return PlantedNetwork.Create(Depth, i => alone.Contains(i) ? 0.001f : null, (i, from, to) =>
            (between.Contains(i + 1) && to == 0 ? 1000f : 1f) / ((between.Contains(i) || alone.Contains(i)) && from == 0 ? 1000f : 1f));
    }
}
