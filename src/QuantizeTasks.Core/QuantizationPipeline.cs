using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks;

/// <summary>Where a run puts things, and what it may use.</summary>
public sealed record RunOptions
{
    /// <summary>The folder below which the manifest's <c>output</c> is published.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>The folder for the report, the JSON record and the best model so far.</summary>
    public required string ReportDirectory { get; init; }

    /// <summary>The content-addressed store.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>Evaluation workers, each with a session of one thread; the number of cores when 0. Never changes a result.</summary>
    public int Workers { get; init; }

    /// <summary>Whether to measure latency after the verdict.</summary>
    public bool MeasureLatency { get; init; } = true;
}
