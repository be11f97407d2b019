using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

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

    /// <summary>How many bytes the store may hold.</summary>
    public long CacheLimit { get; init; } = Cache.DefaultLimit;

    /// <summary>Evaluation workers, each with a session of one thread; the number of cores when 0. Never changes a result.</summary>
    public int Workers { get; init; }

    /// <summary>The instruction set that int8 models are computed with and that the verdict then holds for.</summary>
    public EmulatedIsa EmulatedIsa { get; init; }

    /// <summary>Whether shards are said to have evaluated their samples already: what they did not is warned of (QTZ6021) and evaluated.</summary>
    public bool ExpectsShards { get; init; }

    /// <summary>Whether to measure latency after the verdict.</summary>
    public bool MeasureLatency { get; init; } = true;

    /// <summary>The lock file; null when none is to be read or written. <see cref="LockFilePath"/> has the usual place.</summary>
    public string? LockFile { get; init; }

    /// <summary>
    /// The time that a lock file gets when it is written; null for now. It is an input of a build: with a time before the build's own start it does not look newer than what was made from it.
    /// </summary>
    public DateTime? LockFileTime { get; init; }

    /// <summary>Whether anything that is not as the lock file says is an error. The file is not written then.</summary>
    public bool LockedMode { get; init; }

    /// <summary>Names this build among several of one manifest whose options differ, such as a target framework; each has an entry of its own in the lock file. Null or empty for the only one.</summary>
    public string? Variant { get; init; }

    /// <summary>What is evaluated before the model is published.</summary>
    public VerifyMode Verify { get; init; }
}

/// <summary>Quantizes a model as its manifest says, and publishes it only when it is proven to be within the budget.</summary>
public static class QuantizationPipeline
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(6);

    /// <summary>Runs a manifest. A missed budget is a report, not an exception.</summary>
    /// <param name="manifest">What to do.</param>
    /// <param name="options">Where to put things.</param>
    /// <param name="events">Told what happens; from any thread, so it must be quick.</param>
    /// <param name="cancellation">Ends the run; what was evaluated until then is not lost.</param>
    /// <returns>The record of the run, which also lies in <see cref="RunOptions.ReportDirectory"/>.</returns>
    /// <exception cref="QuantizeException">Anything else that keeps the run from its end. Nothing is published then.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static RunReport Run(QuantizationManifest manifest, RunOptions options, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var output = OutputPath(manifest, options);
        var warnings = new RaisedWarnings(events);
        var clock = new StageClock(events);
        using var turn = TakeTurn(manifest, options, clock, cancellation);
        try
        {
            var report = new QuantizationRun(manifest, options, output, clock, warnings).Execute(cancellation) with { Warnings = warnings.All };
            if (report.Output is null)
                Publication.Withdraw(output);
            return ReportWriter.Write(report, options.ReportDirectory);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            WithdrawQuietly(output);
            throw;
        }
    }

    /// <summary>
    /// Builds for several target frameworks run one manifest side by side. One after the other, the later ones find everything in the store, and no two
    /// write the same files at once.
    /// </summary>
    internal static FileLock TakeTurn(QuantizationManifest manifest, RunOptions options, StageClock clock, CancellationToken cancellation)
    {
        // A folder that cannot be used at all says so itself, and better than its lock could.
        _ = new ContentStore(options.CacheDirectory, options.CacheLimit);
        using var name = new FingerprintBuilder("turn/1");
        var path = Path.Combine(options.CacheDirectory, "locks", name.Add("manifest", manifest.Path).Finish() + ".lock");
        try
        {
            return FileLock.Acquire(path, TimeSpan.Zero, cancellation);
        }
        catch (QuantizeException e) when (e.Diagnostics[0].Code == DiagnosticCodes.LockTimeout)
        {
            clock.Enter("wait", "Waiting for another run of the same manifest");
            return FileLock.Acquire(path, LongestWait, cancellation);
        }
    }

    // The run is failing with a reason of its own, which a second failure must not hide.
    private static void WithdrawQuietly(string output)
    {
        try
        {
            Publication.Withdraw(output);
        }
        catch (QuantizeException)
        {
        }
    }

    private static string OutputPath(QuantizationManifest manifest, RunOptions options)
    {
        var path = Path.GetFullPath(Path.Combine(options.OutputDirectory, manifest.Output.Value));
        var comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        foreach (var precious in (string[])[manifest.Model.Value, manifest.Path])
            if (string.Equals(path, Path.GetFullPath(precious), comparison))
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys, $"The output '{path}' would overwrite an input of the run. Give another `output` or another output directory.", manifest.Output.Position);
        var below = Path.GetRelativePath(Path.GetFullPath(options.OutputDirectory), path);
        return Path.IsPathRooted(below) || below == ".." || below.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? throw new QuantizeException(DiagnosticCodes.ValueOutOfRange, $"The output '{manifest.Output.Value}' is not below the output directory.", manifest.Output.Position)
            : path;
    }
}
