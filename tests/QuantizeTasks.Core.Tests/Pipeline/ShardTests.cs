using System.Security.Cryptography;
using System.Text.Json.Nodes;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>Several machines that never talk to each other, each with a store of its own, against one.</summary>
[TestClass]
public sealed class ShardTests
{
    private const int Count = 3;

    [TestMethod]
    [DataRow(0.5, SearchStrategy.Fast, "", DisplayName = "int8 is enough")]
    [DataRow(0.0, SearchStrategy.Fast, "", DisplayName = "fast")]
    [DataRow(-0.1, SearchStrategy.Fast, "", DisplayName = "fast, nothing helps")]
    [DataRow(0.0, SearchStrategy.Greedy, "", DisplayName = "greedy")]
    [DataRow(0.0, SearchStrategy.Fast, "tune", DisplayName = "other settings first")]
    [DataRow(0.01, SearchStrategy.Fast, "holdout", DisplayName = "verdict on data of its own")]
    public void RunAndMerge_ThreeShardsUntilNothingIsLeft_GiveWhatOneMachineGivesWithoutRunningAnything(double maximalDrop, SearchStrategy search, string also)
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop, search);
        manifest = also switch
        {
            "tune" => manifest with { Compression = manifest.Compression with { Accuracy = manifest.Compression.Accuracy with { TuneHyperparams = true, ConvertToMixedPreset = true } } },
            "holdout" => manifest with { Holdout = new HoldoutSpecification(new Located<double>(0.25, manifest.Model.Position), 7) },
            _ => manifest,
        };
        var alone = project.Run(manifest);
        var expected = Comparable(alone);
        Directory.Delete(project.StorePath, recursive: true);
        Directory.Delete(project.File("out"), recursive: true);

        var rounds = new List<ShardReport[]>();
        do
        {
            rounds.Add(Round(project, manifest));
            Assert.IsFalse(File.Exists(project.OutputPath), "a shard publishes nothing");
            Assert.HasCount(1, rounds[^1].Select(r => r.Round).Distinct().ToArray(), "machines that know the same do the same");
            // What came of the round goes to everybody, half of it as exported files.
            for (var to = 1; to <= Count; to++)
                for (var from = 1; from <= Count; from++)
                    if (from != to)
                        Import(project, Store(project, to), from);
            Assert.IsLessThan(40, rounds.Count, "every round answers the next question");
        }
        while (rounds[^1][0].Round != ShardRound.Nothing);
        Assert.AreEqual(ShardRound.Samples, rounds[0][0].Round);
        Assert.IsTrue(rounds[..^1].Skip(1).All(r => r[0].Round == ShardRound.Search && r.Sum(s => s.Evaluations.Samples) > 0));
        Assert.AreEqual(0, rounds[^1].Sum(r => r.Evaluations.Samples));

        for (var from = 1; from <= Count; from++)
            Import(project, project.StorePath, from);
        var merged = Run(project, manifest, expectsShards: true);
        Assert.AreEqual(expected, Comparable(merged));
        Assert.IsEmpty(project.Events.OfType<DiagnosticRaised>());
        Assert.AreEqual(alone.Output?.Sha256, merged.Output?.Sha256);
        Assert.AreEqual(0, merged.Evaluations.Samples);
        Console.WriteLine($"{rounds.Count} rounds; one machine {alone.Evaluations.Samples}; shards {string.Join(" | ", rounds.Select(r => string.Join("+", r.Select(s => s.Evaluations.Samples))))}");
    }

    [TestMethod]
    public void RunAndMerge_TwoRoundsOnly_SaysWhatComesNextAndGivesTheSame()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, 0, SearchStrategy.Fast);
        var alone = project.Run(manifest);
        var expected = Comparable(alone);
        Directory.Delete(project.StorePath, recursive: true);
        foreach (var _ in (int[])[1, 2])
            for (var i = 1; i <= Count; i++)
                Shard(project, manifest, i, project.StorePath);
        var merged = Run(project, manifest, expectsShards: true);
        Assert.AreEqual(expected, Comparable(merged));
        var next = project.Events.OfType<DiagnosticRaised>().Single().Diagnostic;
        Assert.AreEqual((DiagnosticCodes.SearchIncomplete, DiagnosticSeverity.Information), (next.Code, next.Severity));
        Assert.IsTrue(merged.Evaluations.Samples > 0 && merged.Evaluations.Samples < alone.Evaluations.Samples - (2 * PipelineProject.Samples), "some of the search was shared");
    }

    [TestMethod]
    public void Run_ExhaustiveRanking_IsEvaluatedByOneRound()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: -1, SearchStrategy.Greedy);
        manifest = manifest with { Compression = manifest.Compression with { Accuracy = manifest.Compression.Accuracy with { MaxIterNum = 1, RankingSubsetSize = 30 } } };
        for (var i = 1; i <= Count; i++)
            Shard(project, manifest, i, project.StorePath);
        var groups = project.Run(manifest, options: o => o with { CacheDirectory = project.File("other") }).SearchDetails!.Ranking.Length;
        Assert.IsGreaterThan(Count, groups);
        var ranked = Enumerable.Range(1, Count).Select(i => Shard(project, manifest, i, project.StorePath).Evaluations.Samples).ToArray();
        Assert.IsGreaterThanOrEqualTo(30 * groups, ranked.Sum(), "each group on the ranking subset");
        var merged = Run(project, manifest, expectsShards: true);
        Assert.IsLessThanOrEqualTo(PipelineProject.Samples - 30, merged.Evaluations.Samples, "what is left is to validate one configuration at most, on the samples that it was not ranked on");
    }

    [TestMethod]
    public void Run_ShardsOfAFolderThatTheyShare_CalibrateOnce()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0, SearchStrategy.Fast);
        var reports = new ShardReport[Count];
        Parallel.For(0, Count, i => reports[i] = Shard(project, manifest, i + 1, project.StorePath));
        CollectionAssert.AreEqual(new[] { 80L, 80L, 80L }, reports.Select(r => r.Evaluations.Samples).ToArray());
        Assert.AreEqual(1, Cache.Describe(project.StorePath).Kinds.Single(k => k.Name.StartsWith("calibration statistics", StringComparison.Ordinal)).Entries);
        Assert.AreEqual(0, Run(project, manifest with { Compression = manifest.Compression with { IsAccuracyAware = false } }, expectsShards: true).Evaluations.Samples, "no shard lost another one's samples");
    }

    [TestMethod]
    public void Run_MergeWithoutOneShard_WarnsAndGivesTheSame()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0.5, SearchStrategy.Fast);
        var expected = Comparable(project.Run(manifest));
        Directory.Delete(project.StorePath, recursive: true);
        Shard(project, manifest, 1, project.StorePath);
        Shard(project, manifest, 3, project.StorePath);
        var merged = Run(project, manifest, expectsShards: true);
        var warning = project.Events.OfType<DiagnosticRaised>().Single().Diagnostic;
        Assert.AreEqual((DiagnosticCodes.ShardsIncomplete, DiagnosticSeverity.Warning), (warning.Code, warning.Severity));
        StringAssert.Contains(warning.Message, "40 of 120 samples of the float model and 40 of 120 samples of the int8 model");
        Assert.AreEqual(80, merged.Evaluations.Samples);
        Assert.AreEqual(expected, Comparable(merged));
    }

    [TestMethod]
    public void Run_ShardIsCancelled_GoesOnWhereItWas()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0.5, SearchStrategy.Fast);
        using var cancellation = new CancellationTokenSource();
        var listener = new Listener(e =>
        {
            if (e is StageProgress { Stage: "evaluate" })
                cancellation.Cancel();
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => ShardPipeline.Run(manifest, project.Options(), new Shard(2, Count), listener, cancellation.Token));
        var rest = Shard(project, manifest, 2, project.StorePath).Evaluations;
        Assert.AreEqual(2 * PipelineProject.Samples / Count, rest.Samples + rest.FromCache);
        Assert.IsGreaterThan(0, rest.FromCache, "what it had evaluated is known");
    }

    [TestMethod]
    public void RunAndMerge_StoresOfAnotherModelDataMetricAndProcessor_AreNotBelieved()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0, SearchStrategy.Fast);
        var expected = Comparable(project.Run(manifest));
        Directory.Delete(project.StorePath, recursive: true);
        using var other = new PipelineProject(PipelineProject.Network(m => m.Named("more", "Neg", ["g"], ["y"])));
        for (var i = 1; i <= Count; i++)
        {
            Shard(other, Searching(other, 0, SearchStrategy.Fast), i, project.StorePath);
            Shard(project, manifest with { Metrics = [manifest.Metrics[0] with { Name = manifest.Metrics[0].Name with { Value = "accuracy@top2" } }] }, i, project.StorePath);
            Shard(project, manifest with { Validation = manifest.Validation! with { Subset = new SubsetSpecification(new Located<int>(60, manifest.Model.Position), 1) } }, i, project.StorePath);
            ShardPipeline.Run(manifest, project.Options() with { EmulatedIsa = EmulatedIsa.Avx2 }, new Shard(i, Count), new Listener(_ => { }), default);
        }
        var merged = Run(project, manifest, expectsShards: true);
        StringAssert.Contains(project.Events.OfType<DiagnosticRaised>().Single().Diagnostic.Message, "120 of 120 samples of the float model and 120 of 120 samples of the int8 model");
        Assert.AreEqual(expected, Comparable(merged));
    }

    [TestMethod]
    [DataRow(VerifyMode.Always)]
    [DataRow(VerifyMode.Never)]
    public void Run_ShardThatShallVerifyOtherwise_IsAClearError(VerifyMode verify)
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0, SearchStrategy.Fast);
        Assert.AreEqual(DiagnosticCodes.ShardInvalid,
            Assert.ThrowsExactly<QuantizeException>(() => ShardPipeline.Run(manifest, project.Options() with { Verify = verify }, new Shard(1, 2), new Listener(_ => { }), default)).Diagnostics[0].Code);
    }

    [TestMethod]
    public void RunAndMerge_WithALockFile_SharesThePassThatProvesItsDecision()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0, SearchStrategy.Fast);
        var locked = project.Options() with { LockFile = project.File("quantize.lock.json") };
        var alone = project.Run(manifest, options: _ => locked);
        Directory.Delete(project.StorePath, recursive: true);
        for (var i = 1; i <= Count; i++)
            Assert.AreEqual(2 * PipelineProject.Samples / Count, ShardPipeline.Run(manifest, locked with { LockedMode = true }, new Shard(i, Count), new Listener(_ => { }), default).Evaluations.Samples);
        var merged = project.Run(manifest, options: _ => locked with { LockedMode = true, ExpectsShards = true });
        Assert.AreEqual(0, merged.Evaluations.Samples);
        Assert.AreEqual(alone.Output!.Sha256, merged.Output!.Sha256);
        Assert.IsFalse(project.Events.OfType<DiagnosticRaised>().Any(e => e.Diagnostic.Code is DiagnosticCodes.ShardsIncomplete or DiagnosticCodes.SearchIncomplete));
    }

    [TestMethod]
    public void Run_DataKeptBackForTheVerdict_IsSharedToo()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0.5, SearchStrategy.Fast);
        manifest = manifest with { Holdout = new HoldoutSpecification(new Located<double>(0.25, manifest.Model.Position), 7) };
        var expected = Comparable(project.Run(manifest));
        Directory.Delete(project.StorePath, recursive: true);
        for (var i = 1; i <= Count; i++)
            Assert.AreEqual(2 * PipelineProject.Samples / Count, Shard(project, manifest, i, project.StorePath).Evaluations.Samples);
        var merged = Run(project, manifest, expectsShards: true);
        Assert.AreEqual(0, merged.Evaluations.Samples);
        Assert.AreEqual(expected, Comparable(merged));
    }

    [TestMethod]
    public void Run_StatedBaselines_LeavesTheFloatModelOutWhereNobodyAsks()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0, SearchStrategy.Fast);
        manifest = manifest with { Metrics = [manifest.Metrics[0] with { BaselineValue = new Located<double>(1, manifest.Model.Position) }] };
        var expected = Comparable(project.Run(manifest));
        Directory.Delete(project.StorePath, recursive: true);
        Assert.AreEqual(60, Enumerable.Range(1, Count).Sum(i => Shard(project, manifest, i, project.StorePath).Evaluations.Samples) - PipelineProject.Samples, "metric_subset_ratio is 0.5");
        for (var i = 1; i <= Count; i++)
            Assert.AreEqual(ShardRound.Search, Shard(project, manifest, i, project.StorePath).Round);
        Assert.AreEqual(expected, Comparable(Run(project, manifest, expectsShards: true)));
    }

    [TestMethod]
    public void Run_LabelsFromTheFloatModel_AreTheSameForEveryShard()
    {
        using var project = new PipelineProject();
        var manifest = Searching(project, maximalDrop: 0.5, SearchStrategy.Fast);
        manifest = manifest with
        {
            Validation = (TensorSourceSpecification)manifest.Validation! with { Labels = null },
            Compression = manifest.Compression with { Accuracy = manifest.Compression.Accuracy with { AnnotationFree = true, AnnotationConfidence = 0.2 } },
        };
        var expected = Comparable(project.Run(manifest));
        Directory.Delete(project.StorePath, recursive: true);
        for (var i = 1; i <= Count; i++)
            Shard(project, manifest, i, project.StorePath);
        var merged = Run(project, manifest, expectsShards: true);
        Assert.AreEqual(0, merged.Evaluations.Samples);
        Assert.AreEqual(expected, Comparable(merged));
    }

    [TestMethod]
    public void Run_NoMetrics_IsAClearError()
    {
        using var project = new PipelineProject();
        var manifest = project.Manifest(maximalDrop: null, isAccuracyAware: false, edit: m => m with { Metrics = [], Validation = null });
        Assert.AreEqual(DiagnosticCodes.MissingKey, Assert.ThrowsExactly<QuantizeException>(() => Shard(project, manifest, 1, project.StorePath)).Diagnostics[0].Code);
    }

    [TestMethod]
    [DataRow("1/1", 1, 1)]
    [DataRow("3/3", 3, 3)]
    [DataRow("12/100", 12, 100)]
    public void Parse_Shard_IsRead(string text, int index, int count) => Assert.AreEqual(new Shard(index, count), QuantizeTasks.Shard.Parse(text));

    [TestMethod]
    [DataRow("0/3")]
    [DataRow("4/3")]
    [DataRow("1")]
    [DataRow("1/2/3")]
    [DataRow("-1/3")]
    [DataRow(" 1/3")]
    [DataRow("1/0")]
    [DataRow("99999999999/99999999999")]
    public void Parse_NoShard_IsNull(string text) => Assert.IsNull(QuantizeTasks.Shard.Parse(text));

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(7)]
    [DataRow(100)]
    public void Of_AllShards_ShareEverythingOnceAndEvenly(int items)
    {
        var shares = Enumerable.Range(1, 3).Select(i => new Shard(i, 3).Of(Enumerable.Range(0, items))).ToArray();
        CollectionAssert.AreEqual(Enumerable.Range(0, items).ToArray(), shares.SelectMany(s => s).Order().ToArray());
        Assert.IsLessThanOrEqualTo(1, shares.Max(s => s.Length) - shares.Min(s => s.Length));
    }

    private static QuantizationManifest Searching(PipelineProject project, double maximalDrop, SearchStrategy search) =>
        project.Manifest(maximalDrop, edit: m => m with { Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { Search = search } } });

    private static ShardReport[] Round(PipelineProject project, QuantizationManifest manifest) =>
        [.. Enumerable.Range(1, Count).Select(i => Shard(project, manifest, i, Store(project, i)))];

    private static ShardReport Shard(PipelineProject project, QuantizationManifest manifest, int index, string store) =>
        ShardPipeline.Run(manifest, project.Options() with { CacheDirectory = store }, new Shard(index, Count), new Progress<RunEvent>(), default);

    private static string Store(PipelineProject project, int shard) => project.File($"store{shard}");

    private static void Import(PipelineProject project, string to, int from)
    {
        var source = Store(project, from);
        if (from % 2 == 0)
            Cache.Export(Store(project, from), source = project.File($"store{from}.qtzcache"));
        Assert.IsEmpty(Cache.Import(to, source).Refused);
    }

    private static RunReport Run(PipelineProject project, QuantizationManifest manifest, bool expectsShards)
    {
        project.Events.Clear();
        return QuantizationPipeline.Run(manifest, project.Options() with { ExpectsShards = expectsShards }, new Listener(project.Events.Enqueue), default);
    }

    /// <summary>Everything that the record says but what the work cost, and the bytes of the model, or of the best one when none was published.</summary>
    private static string Comparable(RunReport report)
    {
        var json = JsonNode.Parse(ReportJson.Serialize(report))!.AsObject();
        Assert.IsTrue(json.Remove("timings") && json.Remove("evaluations"));
        json["searchDetails"]?.AsObject().Remove("effort");
        json.Remove("warnings");
        return json.ToJsonString() + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(report.Output?.Path ?? report.BestSoFar!)));
    }

    private sealed class Listener(Action<RunEvent> report) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => report(value);
    }
}
