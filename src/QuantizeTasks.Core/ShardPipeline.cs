using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>What a shard worked on.</summary>
public enum ShardRound
{
    /// <summary>Its samples of the float and the int8 model.</summary>
    Samples,

    /// <summary>Its groups of the first ranking, because all samples of the int8 model are known and the budget is missed.</summary>
    Ranking,

    /// <summary>Nothing: all samples are known and there is no ranking.</summary>
    Nothing,
}

/// <summary>What a shard did.</summary>
/// <param name="Shard">Which one it is.</param>
/// <param name="Round">What it worked on.</param>
/// <param name="Evaluations">What was run for it.</param>
public sealed record ShardReport(Shard Shard, ShardRound Round, EvaluationRecord Evaluations);

/// <summary>
/// One machine's share of a run, into the store. Each machine knows its share without talking to the others. In the first round that is every Nth sample of the float and of the fully quantized
/// model. When all of those are known and miss the budget there is a second round, every Nth group of the search's first ranking: which samples that is done on follows from the first round.
/// </summary>
public static class ShardPipeline
{
    /// <summary>Does a shard's share. Nothing is published, and nothing is reported but this.</summary>
    /// <param name="manifest">What to do.</param>
    /// <param name="options">Store and workers.</param>
    /// <param name="shard">Which share.</param>
    /// <param name="events">Told what happens, from any thread.</param>
    /// <param name="cancellation">Ends it; what was evaluated until then is not lost.</param>
    /// <exception cref="QuantizeException">Whatever would keep a run of the manifest from its end, or there is nothing to measure.</exception>
    public static ShardReport Run(QuantizationManifest manifest, RunOptions options, Shard shard, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var clock = new StageClock(events);
        var store = new ContentStore(options.CacheDirectory, options.CacheLimit);
        var (file, variants) = Quantize(manifest, options, store, clock, events, cancellation);
        var validation = ValidationSet.Open(manifest)
            ?? throw new QuantizeException(DiagnosticCodes.MissingKey, "The manifest has no `metrics`, so there is nothing to evaluate in shards.", new SourcePosition(manifest.Path));

        // Every shard needs all labels to know which samples there are.
        if (manifest.Compression.Accuracy.AnnotationFree)
            validation = new LabelingStage(manifest, options, store, clock, events).Run(validation, file, cancellation).Set;

        var floatModel = EvaluatedModel.Of(file);
        var (search, certification) = validation.Divide(manifest);
        var verdicts = new FinalVerdict(manifest, options, store, clock, events, floatModel);
        using var models = verdicts.Evaluator(search);
        using var unseen = certification is null ? null : verdicts.Evaluator(certification);
        var int8 = EvaluatedModel.Of(variants.Build(Configuration.FullyQuantized), "the int8 model");
        var first = ShardedSamples.Of(manifest, search, models, floatModel, int8);
        ShardedSamples[] samples = unseen is null ? [first] : [first, ShardedSamples.Of(manifest, certification!, unseen, floatModel, int8, isSeen: false)];

        var round = ShardRound.Samples;
        if (samples.All(s => s.Known == s.Total))
            round = Rank(manifest, shard, search, new ConfigurationEvaluator(models, floatModel, variants, clock.Progress), variants, clock, cancellation) ? ShardRound.Ranking : ShardRound.Nothing;
        else
            foreach (var set in samples)
            {
                clock.Enter("evaluate", $"Evaluating samples of shard {shard}, out of {set.Models.SampleCount}");
                set.Evaluate(shard, clock.Progress, cancellation);
            }
        clock.Leave();
        return new ShardReport(shard, round, new EvaluationRecord(
            models.ModelsEvaluated, models.SamplesRun + (unseen?.SamplesRun ?? 0), models.SamplesKnown + (unseen?.SamplesKnown ?? 0)));
    }

    /// <summary>Shards that share a folder take turns here, so that the first one calibrates and the others find its statistics. What comes after is done side by side.</summary>
    private static (ModelFile File, QuantizedModelVariants Variants) Quantize(
        QuantizationManifest manifest, RunOptions options, ContentStore store, StageClock clock, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        using var turn = QuantizationPipeline.TakeTurn(manifest, options, clock, cancellation);
        clock.Enter("prepare", $"Preparing {Path.GetFileName(manifest.Model.Value)}");
        var file = QuantizingStage.ReadFloatModel(manifest);
        return (file, new QuantizingStage(manifest, options, store, clock, events).Run(file, cancellation).Variants);
    }

    /// <summary>Ranks the shard's groups as the search's first ranking will; false when there is none.</summary>
    private static bool Rank(
        QuantizationManifest manifest, Shard shard, ValidationSet search, ConfigurationEvaluator evaluator, QuantizedModelVariants variants, StageClock clock, CancellationToken cancellation)
    {
        var parameters = manifest.Compression.Accuracy;
        // Where other presets and estimators are tried first, nobody knows yet which int8 model will be ranked.
        if (!manifest.Compression.IsAccuracyAware || parameters.MaxIterNum == 0 || parameters.TuneHyperparams || SettingsGrid.Mixed(manifest.Compression) is not null)
            return false;
        var baseline = Baseline.Of(evaluator, [.. search.Entries.Select(e => e.Specification)], cancellation);
        var evaluation = evaluator.Evaluate(Configuration.FullyQuantized, [.. Enumerable.Range(0, evaluator.SampleCount)], cancellation);
        var start = new Judgement(Configuration.FullyQuantized, evaluation, new Budget(search.Metrics, baseline.Values, search.Terms(manifest)).Judge(evaluation));
        if (start.Verdict.WithinBudget)
            return false;
        var groups = shard.Of(variants.Groups);
        clock.Enter("rank", $"Ranking {groups.Length} of {variants.Groups.Length} groups, those of shard {shard}");
        var question = FirstRanking.Question(baseline.Reference(evaluator, parameters.MetricSubsetRatio, cancellation).Value, start, parameters);
        AccuracyAwareSearch.Ranking(parameters, evaluator, new PredictedSpeed(variants.Groups)).Rank(question, groups, cancellation);
        return true;
    }
}
