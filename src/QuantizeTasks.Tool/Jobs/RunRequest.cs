using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>What to run, from the command line or from a job file. All paths are absolute.</summary>
internal sealed record RunRequest
{
    public required string Manifest { get; init; }

    public required ManifestOverrides Overrides { get; init; }

    public required string OutputDirectory { get; init; }

    /// <summary>Null: a folder for this model below <see cref="ReportRoot"/>.</summary>
    public string? ReportDirectory { get; init; }

    /// <summary>Null: the output directory.</summary>
    public string? ReportRoot { get; init; }

    /// <summary>Null: the user's cache folder.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>How large the store may become, as written; null: the environment variable or the default.</summary>
    public string? CacheMaxSize { get; init; }

    public int Workers { get; init; }

    public bool MeasureLatency { get; init; } = true;

    public EmulatedIsa EmulatedIsa { get; init; }

    /// <summary>The lock file, or the word <c>none</c>; null: beside the manifest.</summary>
    public string? LockFile { get; init; }

    public bool LockedMode { get; init; }

    /// <summary>Names this build among several of one manifest; null for the only one.</summary>
    public string? Variant { get; init; }

    public VerifyMode Verify { get; init; }

    /// <summary>The app's own ONNX Runtime; null for the quantizer's.</summary>
    public RuntimeSource? Runtime { get; init; }

    /// <summary>The files by which a build knows what is up to date; null outside a build.</summary>
    public BuildFiles? BuildFiles { get; init; }

    public RunOptions Options(QuantizationManifest manifest, ToolContext context) => new()
    {
        OutputDirectory = OutputDirectory,
        ReportDirectory = ReportDirectory ?? Path.Combine(ReportRoot ?? OutputDirectory, "quantize-report", Path.GetFileNameWithoutExtension(manifest.Output.Value)),
        CacheDirectory = CacheDirectory ?? CacheFolder.Default(context),
        CacheLimit = CacheLimit.Of(CacheMaxSize, BuildFiles is null ? "--cache-max-size" : "QuantizeCacheMaxSize", context),
        Workers = Workers,
        MeasureLatency = MeasureLatency,
        EmulatedIsa = EmulatedIsa,
        LockFile = LockFilePathOf(manifest),
        LockFileTime = BuildFiles?.JobTime,
        LockedMode = LockedMode,
        Variant = Variant,
        Verify = Verify,
    };

    /// <summary>The lock file of a manifest under this request; null when none is wanted.</summary>
    public string? LockFilePathOf(QuantizationManifest manifest) => LockFile == LockFilePath.None ? null
        : LockFile ?? LockFilePath.Of(manifest.Path, Overrides.Values.Any(v => v.Key == "model") ? manifest.Model.Value : null);
}
