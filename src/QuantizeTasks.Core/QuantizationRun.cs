using System.Collections.Immutable;
using System.Diagnostics;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>One run from the manifest to the record: the one place that says in which order things happen.</summary>
internal sealed class QuantizationRun(QuantizationManifest manifest, RunOptions options, string outputPath, StageClock clock, IProgress<RunEvent> events)
{
    public RunReport Execute(CancellationToken cancellation)
    {
        clock.Enter("prepare", $"Preparing {Path.GetFileName(manifest.Model.Value)}");
        var validation = ValidationSet.Open(manifest);
        var store = new ContentStore(options.CacheDirectory, options.CacheLimit);
        var file = QuantizingStage.ReadFloatModel(manifest);
        if (manifest.Compression.Quantization.Ignored.SkipModel)
            return PublishFloat(file, cancellation);
        PseudoLabelRecord? pseudoLabels = null;
        if (validation is not null && manifest.Compression.Accuracy.AnnotationFree)
            (validation, pseudoLabels) = new LabelingStage(manifest, options, store, clock, events).Run(validation, file, cancellation);
        var (calibrated, variants, passes, decision) = new QuantizingStage(manifest, options, store, clock, events).Run(file, cancellation);
        RunExplanation Explanation(QuantizedModelVariants of, CompressionSettings settings) => new(calibrated, of, manifest with { Compression = settings }, passes, options.Workers, cancellation);
        var records = new ReportRecords(calibrated.Prepared, calibrated.Placement, validation?.Divide(manifest).Search.Loader.Count ?? 0);
        var best = new BestSoFar(options.ReportDirectory);
        IntermediateModel.Keep(manifest.Compression.Quantization.DumpIntermediateModel ? variants.Build(Configuration.FullyQuantized) : null, options.ReportDirectory);

        RankingFiles.Delete(options.ReportDirectory);
        var report = validation is null
            ? PublishQuantized(variants, records, Explanation(variants, manifest.Compression), best, file, cancellation)
            : Judge(validation, calibrated, passes, variants, records, Explanation, best, file, store, cancellation);
        if (report.Output is not null && report.Latency is null && options.MeasureLatency)
            report = report with { Latency = MeasureLatency(validation?.Loader ?? DataSource.Open(manifest.Calibration), file, ModelSession.Open(outputPath), cancellation) };
        if (report.SearchDetails is { Ranking: { IsEmpty: false } ranking })
            RankingFiles.Write(ranking, options.ReportDirectory);
        clock.Leave();
        return report with { PseudoLabels = pseudoLabels, Timings = clock.Timings, Selection = records.Selection(manifest.Compression, decision) };
    }

    private RunReport Judge(
        ValidationSet validation, CalibratedModel calibrated, CachedCalibration passes, QuantizedModelVariants quantized, ReportRecords records,
        Func<QuantizedModelVariants, CompressionSettings, RunExplanation> explain, BestSoFar best, ModelFile file, ContentStore store, CancellationToken cancellation)
    {
        var accuracy = manifest.Compression.Accuracy;
        var floatModel = EvaluatedModel.Of(file);
        var (search, certification) = validation.Divide(manifest);
        var verdicts = new FinalVerdict(manifest, options, store, clock, events, floatModel);
        using var models = verdicts.Evaluator(search);
        var time = new RemainingTime(() => models.Cost, models.WorkerCount, events);
        Scheme Scheme(string name, CompressionSettings settings, IModelVariants variants) => new(name, settings, variants, new ConfigurationEvaluator(models, floatModel, variants, Progress));
        var scheme = Scheme("", manifest.Compression, quantized);
        ImmutableArray<int> all = [.. Enumerable.Range(0, models.SampleCount)];

        clock.Enter("baseline", $"Evaluating the float model on {all.Length} samples");
        WarnOfUnusedBaselines();
        if (options.ExpectsShards)
            ShardedSamples.Of(manifest, search, models, floatModel, EvaluatedModel.Of(quantized.Build(Configuration.FullyQuantized), outputPath)).WarnOfMissing(events);
        if (search.HasParts)
            search.RequireParts(scheme.Evaluator.Evaluate(Configuration.Float, all, cancellation));
        var baseline = Baseline.Of(scheme.Evaluator, [.. search.Entries.Select(e => e.Specification)], cancellation);
        var terms = search.Terms(manifest);
        var budget = new Budget(search.Metrics, baseline.Values, terms);
        for (var i = 0; i < baseline.Values.Length; i++)
            events.Report(new BaselineMeasured(search.Metrics[i].Name, baseline.Values[i], baseline.Measured is null ? 0 : all.Length));

        clock.Enter("evaluate", $"Evaluating the int8 model on {all.Length} samples");
        var evaluation = scheme.Evaluator.Evaluate(Configuration.FullyQuantized, all, cancellation);
        var start = new Judgement(Configuration.FullyQuantized, evaluation, budget.Judge(evaluation));
        best.Offer(start, quantized.Build);
        var reference = baseline.Reference(scheme.Evaluator, accuracy.MetricSubsetRatio, cancellation);
        var (costBefore, began) = (models.Cost, Stopwatch.GetTimestamp());
        var schemes = new SchemeTrials(clock, events);
        (scheme, start) = new SchemeSearch((name, settings) => Scheme(name, settings, DefaultQuantization.Quantize(calibrated, settings, passes)), budget, reference, schemes.Add).Run(scheme, start, cancellation);
        var (evaluator, variants) = (scheme.Evaluator, (QuantizedModelVariants)scheme.Variants);
        var explanation = explain(variants, scheme.Settings);

        var parameters = manifest.Compression.IsAccuracyAware ? accuracy : accuracy with { MaxIterNum = 0 };
        var progress = new SearchProgress(clock, events, records, best, variants, time, options.ReportDirectory);
        var outcome = new AccuracyAwareSearch(evaluator, variants, budget, parameters, reference, progress).Run(start, cancellation);
        var (cost, seconds) = (models.Cost.Since(costBefore), Stopwatch.GetElapsedTime(began).TotalSeconds);

        clock.Enter("publish", "Proving what was written");
        using var publication = Publication.Stage(outputPath, variants.Build(outcome.Best.Configuration));
        var written = publication.ReadBack();
        var model = EvaluatedModel.Of(written, outputPath);
        var proof = verdicts.OnSearchData(models, budget, model, isChosen: outcome.Best.Configuration != Configuration.FullyQuantized || scheme.Name.Length > 0, cancellation);
        var (fullyQuantized, onSearch) = (start.Verdict, proof);
        if (certification is not null && (proof.Verdict.WithinBudget || !budget.IsStated))
            (proof, fullyQuantized) = verdicts.OnCertificationData(certification, model, EvaluatedModel.Of(variants.Build(Configuration.FullyQuantized), outputPath), cancellation);
        var limits = Limits(publication, model, validation.Loader, file, cancellation);
        var status = (budget.IsStated && !proof.Verdict.WithinBudget) || !limits.AreMet ? RunStatus.BudgetExceeded
            : !proof.IsEnough(manifest.Verdict.Confidence) ? RunStatus.NotEnoughEvidence
            : budget.IsStated ? RunStatus.WithinBudget : RunStatus.NotGated;
        var isPublished = status is RunStatus.WithinBudget or RunStatus.NotGated;
        if (isPublished)
            publication.Commit();
        var layers = records.Layers(outcome.Best.Configuration, outcome.Ranks);
        if (layers is { Quantized: 0, Quantizable: > 0 } && status == RunStatus.WithinBudget)
            Warn(DiagnosticCodes.NothingToQuantize, "The budget is met only with every layer in float: the published model has nothing in int8. A larger maximal_drop would leave something to gain.", accuracy.MaximalDrop?.Position);
        if (ProcessorCheck.Check(manifest.Compression.TargetDevice, options.EmulatedIsa.Identity()) is { } differs)
            events.Report(new DiagnosticRaised(differs));
        clock.Enter("explain", "Measuring the error of every layer");
        return explanation.Explain(Report(status, file, layers), outcome.Best.Configuration) with
        {
            Saturation = options.EmulatedIsa == EmulatedIsa.None ? [] : SaturationMeasurement.Measure(EvaluatedModel.Of(written, outputPath).Open, validation.Loader, models.WorkerCount, cancellation),
            Output = isPublished ? Output(publication) : null,
            Metrics = ReportRecords.Metrics(proof, fullyQuantized, terms, manifest.Verdict.Confidence?.Value),
            SearchMetrics = ReferenceEquals(proof, onSearch) ? [] : ReportRecords.Metrics(onSearch, start.Verdict, terms, confidence: null),
            Limits = limits.Records,
            Latency = limits.Latency,
            Iterations = outcome.Iterations,
            Evaluations = new EvaluationRecord(models.ModelsEvaluated, models.SamplesRun, models.SamplesKnown),
            Schemes = schemes.Records,
            Search = [.. outcome.Steps.Select(records.Iteration)],
            SearchDetails = outcome.Steps.Length < 2 ? null : new SearchDetails(variants.Groups, scheme.Settings, records).Record(
                outcome, cost, seconds, time.First, Math.Min(accuracy.RankingSubsetSize, reference.Value.Samples.Length), explanation.Reason),
            BestSoFar = best.ModelPath,
        };

        void Progress(long done, long total)
        {
            clock.Progress(done, total);
            time.Tick();
        }
    }

    private void WarnOfUnusedBaselines()
    {
        if (manifest.Metrics.Any(m => m.BaselineValue is null) && manifest.Metrics.FirstOrDefault(m => m.BaselineValue is not null) is { } stated)
            Warn(DiagnosticCodes.MissingKey, "baseline_value is used only when every metric has one; the float model is measured instead.", stated.BaselineValue!.Position);
    }

    private void Warn(string code, string message, SourcePosition? position) =>
        events.Report(new DiagnosticRaised(new Diagnostic(code, DiagnosticSeverity.Warning, message, position)));

    private RunReport PublishQuantized(QuantizedModelVariants variants, ReportRecords records, RunExplanation explanation, BestSoFar best, ModelFile file, CancellationToken cancellation)
    {
        clock.Enter("publish", "Writing the int8 model, about which nothing is proven");
        best.Clear();
        var report = PublishUnproven(variants.Build(Configuration.FullyQuantized), file, records.Layers(Configuration.FullyQuantized, ImmutableSortedDictionary<int, GroupRank>.Empty), cancellation);
        clock.Enter("explain", "Measuring the error of every layer");
        return explanation.Explain(report, Configuration.FullyQuantized);
    }

    /// <summary>POT saves a model with <c>skip_model</c> as it is. An app that expects the int8 file then gets one that computes the same.</summary>
    private RunReport PublishFloat(ModelFile file, CancellationToken cancellation)
    {
        clock.Enter("publish", "Copying the float model, all of which is ignored");
        Warn(DiagnosticCodes.NothingToQuantize, "`ignored.skip_model` is true: the published model is the float model.", new SourcePosition(manifest.Path));
        var report = PublishUnproven(file.Model.Serialize(), file, new LayerRecord(0, 0, [], []), cancellation);
        clock.Leave();
        return report with { Timings = clock.Timings };
    }

    /// <summary>Nothing is proven of its accuracy; what is asked of its size and speed holds all the same.</summary>
    private RunReport PublishUnproven(SerializedModel model, ModelFile file, LayerRecord layers, CancellationToken cancellation)
    {
        using var publication = Publication.Stage(outputPath, model);
        var written = EvaluatedModel.Of(publication.ReadBack(), outputPath);
        var limits = Limits(publication, written, DataSource.Open(manifest.Calibration), file, cancellation);
        if (limits.AreMet)
            publication.Commit();
        return Report(limits.AreMet ? RunStatus.NotGated : RunStatus.BudgetExceeded, file, layers) with
        {
            Output = limits.AreMet ? Output(publication) : null,
            Limits = limits.Records,
            Latency = limits.Latency,
        };
    }

    private ModelLimits Limits(Publication publication, EvaluatedModel written, IDataLoader data, ModelFile file, CancellationToken cancellation) =>
        ModelLimits.Of(manifest.Verdict, file.Bytes, publication.Bytes, () => MeasureLatency(data, file, written.Open(SessionSettings.Default), cancellation));

    private LatencyRecord MeasureLatency(IDataLoader data, ModelFile file, ModelSession int8, CancellationToken cancellation)
    {
        clock.Enter("latency", "Comparing float and int8 latency");
        using var original = ModelSession.Open(file.Path);
        using var quantized = int8;
        var medians = LatencyComparison.Measure(original, quantized, data.Load(0).Inputs, TimeSpan.FromSeconds(2), cancellation);
        return new LatencyRecord(medians.First, medians.Second, medians.Second / medians.First, SessionSettings.Default.Threads);
    }

    private RunReport Report(RunStatus status, ModelFile file, LayerRecord layers) => new()
    {
        Status = status,
        Manifest = manifest.Path,
        Model = new ModelRecord(file.Path, file.Sha256, file.Model.Opset, file.Bytes),
        Metrics = [],
        Layers = layers,
        Iterations = 0,
        Evaluations = new EvaluationRecord(0, 0, 0),
        Runtime = new RuntimeRecord(options.EmulatedIsa.Identity().Package, options.EmulatedIsa.Identity().Version, options.EmulatedIsa.Identity().Isa),
        Timings = [],
    };

    private OutputRecord Output(Publication publication) =>
        new(outputPath, publication.Sha256, publication.Bytes) { ExternalData = publication.Values is { } values ? [values] : [] };
}
