using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;
using QuantizeTasks.Runs.Sharing;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>What a shard worked on.</summary>
public enum ShardRound
{
    /// <summary>Its samples of the float and of the first int8 model.</summary>
    Samples,

    /// <summary>Its share of what the search asks next, and is likely to ask then, or of what the verdict needs.</summary>
    Search,

    /// <summary>Nothing: all that a run needs is known.</summary>
    Nothing,
}

/// <summary>What a shard did.</summary>
/// <param name="Shard">Which one it is.</param>
/// <param name="Round">What it worked on.</param>
/// <param name="Evaluations">What was run for it.</param>
public sealed record ShardReport(Shard Shard, ShardRound Round, EvaluationRecord Evaluations);

/// <summary>
/// One machine's share of a run, into the store. Each machine knows its share without talking to the others: it follows from the manifest and from what the store knows. So machines go on in rounds, each
/// of which begins when all know what came out of the one before; the command is always the same.
/// </summary>
public static class ShardPipeline
{
    /// <summary>Does a shard's share of the next round. Nothing is published, and nothing is reported but this.</summary>
    /// <param name="manifest">What to do.</param>
    /// <param name="options">Store, workers and lock file.</param>
    /// <param name="shard">Which share.</param>
    /// <param name="events">Told what happens, from any thread.</param>
    /// <param name="cancellation">Ends it; what was evaluated until then is not lost.</param>
    /// <exception cref="QuantizeException">Whatever would keep a run of the manifest from its end, or there is nothing to measure.</exception>
    public static ShardReport Run(QuantizationManifest manifest, RunOptions options, Shard shard, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        if (options.Verify != VerifyMode.Changed)
            throw new QuantizeException(DiagnosticCodes.ShardInvalid, "A shard evaluates what nobody has evaluated yet. Leave `--verify` to the run that merges.");
        var clock = new StageClock(events);
        var store = new ContentStore(options.CacheDirectory, options.CacheLimit);
        var validation = ValidationSet.Open(manifest)
            ?? throw new QuantizeException(DiagnosticCodes.MissingKey, "The manifest has no `metrics`, so there is nothing to evaluate in shards.", new SourcePosition(manifest.Path));
        var (file, quantized, locked) = Quantize(manifest, options, store, validation, clock, events, cancellation);

        // Every shard needs all labels to know which samples there are.
        if (manifest.Compression.Accuracy.AnnotationFree)
            validation = new LabelingStage(manifest, options, store, clock, events).Run(validation, file, cancellation).Set;

        using var work = new ShardedRun(manifest, options, store, validation, file, quantized, locked, clock, events);
        var round = work.Evaluate(shard, cancellation);
        clock.Leave();
        return new ShardReport(shard, round, work.Evaluations);
    }

    /// <summary>Shards that share a folder take turns here, so that the first one calibrates and the others find its statistics. What comes after is done side by side.</summary>
    private static (ModelFile File, QuantizingResult Quantized, LockedModel Locked) Quantize(
        QuantizationManifest manifest, RunOptions options, ContentStore store, ValidationSet validation, StageClock clock, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        using var turn = QuantizationPipeline.TakeTurn(manifest, options, clock, cancellation);
        clock.Enter("prepare", $"Preparing {Path.GetFileName(manifest.Model.Value)}");
        var file = QuantizingStage.ReadFloatModel(manifest);
        var locked = LockedRun.Open(manifest, options, () => RunFacts.Of(manifest, file, options.EmulatedIsa.Identity(), validation, allowsAbsentData: false), events);
        var quantized = new QuantizingStage(manifest, options, store, clock, events).Run(file, cancellation, locked);
        return (file, quantized, new LockedModel(locked, quantized.Calibrated, quantized.Variants, manifest.Compression, quantized.Under));
    }
}
