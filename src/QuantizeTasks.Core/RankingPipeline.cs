using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>Which groups of layers int8 harms most.</summary>
/// <param name="Model">The float model's path.</param>
/// <param name="Metric">What is ranked by: the metric that is worst off, value for float and for int8.</param>
/// <param name="Samples">On how many of the hardest samples at most.</param>
/// <param name="Groups">The most harmful first.</param>
public sealed record RankingReport(string Model, MetricRecord Metric, int Samples, ImmutableArray<RankingRecord> Groups);

/// <summary>Ranks the groups of a model as a search would, and does no more: nothing is written but what the store keeps.</summary>
public static class RankingPipeline
{
    /// <summary>Ranks.</summary>
    /// <param name="manifest">The model, its data and metrics, and the parameters.</param>
    /// <param name="options">Store and workers.</param>
    /// <param name="events">Told what happens, from any thread.</param>
    /// <param name="cancellation">Ends it; what was evaluated until then is not lost.</param>
    /// <exception cref="QuantizeException">The model or the data cannot be used, or the manifest has no metric.</exception>
    public static RankingReport Rank(QuantizationManifest manifest, RunOptions options, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var clock = new StageClock(events);
        clock.Enter("prepare", $"Preparing {Path.GetFileName(manifest.Model.Value)}");
        var validation = ValidationSet.Open(manifest)
            ?? throw new QuantizeException(DiagnosticCodes.MissingKey, "The manifest has no `metrics`, so nothing says what harm is.", new SourcePosition(manifest.Path));
        var store = new ContentStore(options.CacheDirectory, options.CacheLimit);
        var file = QuantizingStage.ReadFloatModel(manifest);
        var (calibrated, variants, _, _, _) = new QuantizingStage(manifest, options, store, clock, events).Run(file, cancellation);

        if (manifest.Compression.Accuracy.AnnotationFree)
            validation = new LabelingStage(manifest, options, store, clock, events).Run(validation, file, cancellation).Set;
        var search = validation.Divide(manifest).Search;
        var floatModel = BaselineModel.Of(manifest.Compression, file, variants);
        using var models = new FinalVerdict(manifest, options, store, clock, events, floatModel).Evaluator(search);
        var evaluator = new ConfigurationEvaluator(models, floatModel, variants, clock.Progress);
        ImmutableArray<int> all = [.. Enumerable.Range(0, evaluator.SampleCount)];
        clock.Enter("baseline", $"Evaluating {floatModel.Name} on {all.Length} samples");
        var baseline = Baseline.Of(evaluator, [.. search.Entries.Select(e => e.Stated)], floatModel.Name, cancellation);
        var reference = baseline.Reference(evaluator, manifest.Compression.Accuracy.MetricSubsetRatio, cancellation).Value;
        clock.Enter("evaluate", $"Evaluating the int8 model on {all.Length} samples");
        var evaluation = evaluator.Evaluate(Configuration.FullyQuantized, all, cancellation);
        var start = new Judgement(Configuration.FullyQuantized, evaluation, new Budget(search.Metrics, baseline.Values, search.Terms(manifest)).Judge(evaluation));

        var parameters = manifest.Compression.Accuracy;
        var groups = ((IModelVariants)variants).Revertible;
        var question = FirstRanking.Question(reference, start, parameters);
        clock.Enter("rank", $"Ranking {groups.Length} groups by {search.Metrics[question.Metric].Name} on {question.Hardest.Length} samples");
        ImmutableArray<RankedGroup> ranked = groups.IsEmpty ? []
            : [.. AccuracyAwareSearch.Ranking(parameters, evaluator, new PredictedSpeed(variants.Groups)).Rank(question, groups, cancellation)];
        models.RequireUnchangedData();
        clock.Leave();
        var records = new ReportRecords(calibrated.Prepared, calibrated.Placement, all.Length);
        return new RankingReport(file.Path, records.Metrics(start.Verdict, start.Verdict)[question.Metric], question.Hardest.Length, records.Ranking(ranked, Configuration.FullyQuantized));
    }
}
