using QuantizeTasks.Comparison;
using QuantizeTasks.Drafting;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool;

/// <summary>What the commands need of the quantizer. Tests put scripted functions here.</summary>
internal sealed record Engine
{
    /// <summary>Reads a manifest with values that take the place of its own.</summary>
    public required Func<string, ManifestOverrides, QuantizationManifest> ReadManifest { get; init; }

    /// <summary>Reads a configuration of the Post-training Optimization Tool likewise.</summary>
    public required Func<string, ManifestOverrides, QuantizationManifest> ReadPot { get; init; }

    /// <summary>Every file and glob that a run of the manifest reads, for incremental builds.</summary>
    public required Func<QuantizationManifest, IReadOnlyList<string>> InputFiles { get; init; }

    /// <summary>Measures with another ONNX Runtime than the quantizer's own, from now on.</summary>
    public Action<RuntimeSource> UseRuntime { get; init; } = _ => { };

    public required Func<QuantizationManifest, RunOptions, IProgress<RunEvent>, CancellationToken, RunReport> Run { get; init; }

    public required Func<QuantizationManifest, RunOptions, Shard, IProgress<RunEvent>, CancellationToken, ShardReport> RunShard { get; init; }

    public required Func<string, QuantizationManifest, RunOptions, IProgress<RunEvent>, CancellationToken, EvaluationReport> Evaluate { get; init; }

    /// <summary>The version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>The ONNX Runtime that models run in.</summary>
    public required Func<RuntimeRecord> Runtime { get; init; }

    public required Func<ComparisonRequest, RunOptions, IProgress<RunEvent>, CancellationToken, ComparisonReport> Compare { get; init; }

    public required Func<BenchmarkRequest, IProgress<RunEvent>, CancellationToken, LatencyReport> Bench { get; init; }

    public required Func<QuantizationManifest, RunOptions, IProgress<RunEvent>, CancellationToken, RankingReport> Rank { get; init; }

    /// <summary>Reads a model and guesses a manifest for it.</summary>
    public required Func<string, ManifestDraft> Draft { get; init; }

    /// <summary>Tries what was guessed on the data that were named.</summary>
    public required Func<ManifestDraft, CancellationToken, ManifestDraft> Try { get; init; }

    public required Func<InspectionRequest, IProgress<RunEvent>, CancellationToken, InspectionReport> Inspect { get; init; }
}
