using System.Collections.Immutable;
using System.Diagnostics;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Locking;
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
        if (RuntimeLibrary.Warning is { } flavour)
            events.Report(new DiagnosticRaised(flavour));
        var isVerified = options.Verify is VerifyMode.Changed or VerifyMode.Always;
        var validation = isVerified ? ValidationSet.Open(manifest) : null;
        var store = new ContentStore(options.CacheDirectory, options.CacheLimit);
        var file = QuantizingStage.ReadFloatModel(manifest);
        var locked = LockedRun.Open(manifest, options, () => RunFacts.Of(manifest, file, options.EmulatedIsa.Identity(), validation?.Identity, allowsAbsentData: !isVerified), events);
        if (manifest.Compression.Quantization.Ignored.SkipModel)
            return PublishFloat(file, locked, cancellation);
        PseudoLabelRecord? pseudoLabels = null;
        if (validation is not null && manifest.Compression.Accuracy.AnnotationFree)
            (validation, pseudoLabels) = new LabelingStage(manifest, options, store, clock, events).Run(validation, file, cancellation);
        var (calibrated, variants, passes, decision) = new QuantizingStage(manifest, options, store, clock, events).Run(file, cancellation, locked);
        RunExplanation Explanation(QuantizedModelVariants of, CompressionSettings settings) => new(calibrated, of, manifest with { Compression = settings }, passes, options.Workers, cancellation);
        var records = new ReportRecords(calibrated.Prepared, calibrated.Placement, validation?.Divide(manifest).Search.Loader.Count ?? 0);
        var best = new BestSoFar(options.ReportDirectory);
        IntermediateModel.Keep(manifest.Compression.Quantization.DumpIntermediateModel ? variants.Build(Configuration.FullyQuantized) : null, options.ReportDirectory);

        RankingFiles.Delete(options.ReportDirectory);
        var lockedModel = new LockedModel(locked, calibrated, variants, manifest.Compression, settings => DefaultQuantization.Quantize(calibrated, settings, passes));
        var report = !isVerified ? PublishUnverified(lockedModel, records, best, file)
            : validation is null ? PublishQuantized(variants, lockedModel, records, Explanation(variants, manifest.Compression), best, file, cancellation)
            : Judge(validation, calibrated, passes, variants, lockedModel, records, Explanation, best, file, store, cancellation);
        if (report.Output is not null && report.Latency is null && options.MeasureLatency && isVerified)
            report = report with { Latency = MeasureLatency(validation?.Loader ?? DataSource.Open(manifest.Calibration), file, ModelSession.Open(outputPath), cancellation) };
        if (report.SearchDetails is { Ranking: { IsEmpty: false } ranking })
            RankingFiles.Write(ranking, options.ReportDirectory);
        clock.Leave();
        return report with { PseudoLabels = pseudoLabels, Timings = clock.Timings, Selection = records.Selection(manifest.Compression, decision), Lock = locked.ToRecord() };
    }

    private RunReport Judge(
        ValidationSet validation, CalibratedModel calibrated, CachedCalibration passes, QuantizedModelVariants quantized, LockedModel locked, ReportRecords records,
        Func<QuantizedModelVariants, CompressionSettings, RunExplanation> explain, BestSoFar best, ModelFile file, ContentStore store, CancellationToken cancellation)
    {
        var accuracy = manifest.Compression.Accuracy;
        var floatModel = EvaluatedModel.Of(file);
        var (search, certification) = validation.Divide(manifest);
        var verdicts = new FinalVerdict(manifest, options, store, clock, events, floatModel);
        using var models = verdicts.Evaluator(search);
        var time = new RemainingTime(() => models.Cost, models.WorkerCount, events);
        Scheme Scheme(string name, CompressionSettings settings, IModelVariants variants) => new(name, settings, variants, new ConfigurationEvaluator(models, floatModel, variants, Progress, (c, samples) => events.Report(new EvaluationStarted(records.Describe(c), samples))));
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
        Judgement Judged(Scheme of, Configuration configuration) => of.Evaluator.Evaluate(configuration, all, cancellation) is var e ? new Judgement(configuration, e, budget.Judge(e)) : null!;
        var lockedScheme = Scheme(locked.SchemeName, locked.Settings, locked.Variants);
        var (start, rejected, isLocked) = locked.Start(budget.IsStated, configuration => Judged(lockedScheme, configuration), () => Judged(scheme, Configuration.FullyQuantized));
        best.Offer(start, (isLocked ? locked.Variants : quantized).Build);
        var reference = baseline.Reference(scheme.Evaluator, accuracy.MetricSubsetRatio, cancellation);
        var (costBefore, began) = (models.Cost, Stopwatch.GetTimestamp());
        var schemes = new SchemeTrials(clock, events);
        (scheme, start) = isLocked ? (lockedScheme, start)
            : new SchemeSearch((name, settings) => Scheme(name, settings, DefaultQuantization.Quantize(calibrated, settings, passes)), budget, reference, schemes.Add).Run(scheme, start, cancellation);
        var (evaluator, variants) = (scheme.Evaluator, (QuantizedModelVariants)scheme.Variants);
        var explanation = explain(variants, scheme.Settings);

        var parameters = manifest.Compression.IsAccuracyAware && !options.LockedMode ? accuracy : accuracy with { MaxIterNum = 0 };
        var progress = new SearchProgress(clock, events, records, best, variants, time, options.ReportDirectory);
        rejected = scheme.Name == locked.SchemeName ? rejected : null;
        var outcome = new AccuracyAwareSearch(evaluator, variants, budget, parameters, reference, progress).Run(start, cancellation, rejected: rejected);
        var (cost, seconds) = (models.Cost.Since(costBefore), Stopwatch.GetElapsedTime(began).TotalSeconds);

        clock.Enter("publish", "Proving what was written");
        using var publication = Publication.Stage(outputPath, variants.Build(outcome.Best.Configuration));
        var written = publication.ReadBack();
        locked.Compare(publication.Sha256, scheme.Name, variants, outcome.Best.Configuration);
        var model = EvaluatedModel.Of(written, outputPath);
        var proof = verdicts.OnSearchData(models, budget, model, isChosen: outcome.Best.Configuration != Configuration.FullyQuantized || scheme.Name.Length > 0, cancellation);
        var fullOnSearch = new[] { start, rejected }.FirstOrDefault(j => j?.Configuration == Configuration.FullyQuantized)?.Verdict;
        var (fullyQuantized, onSearch) = (fullOnSearch, proof);
        if (certification is not null && (proof.Verdict.WithinBudget || !budget.IsStated))
            (proof, fullyQuantized) = verdicts.OnCertificationData(certification, model, fullOnSearch is null ? null : EvaluatedModel.Of(variants.Build(Configuration.FullyQuantized), outputPath), cancellation);
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
        var report = explanation.Explain(Report(status, file, layers), outcome.Best.Configuration) with
        {
            Saturation = options.EmulatedIsa == EmulatedIsa.None ? [] : SaturationMeasurement.Measure(EvaluatedModel.Of(written, outputPath).Open, validation.Loader, models.WorkerCount, cancellation),
            Output = isPublished ? Output(publication) : null,
            Metrics = ReportRecords.Metrics(proof, fullyQuantized, terms, manifest.Verdict.Confidence?.Value),
            SearchMetrics = ReferenceEquals(proof, onSearch) ? [] : ReportRecords.Metrics(onSearch, fullOnSearch, terms, confidence: null),
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
        locked.Record(report, scheme.Name, variants, outcome.Best.Configuration);
        return report;

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

    private RunReport PublishQuantized(QuantizedModelVariants variants, LockedModel locked, ReportRecords records, RunExplanation explanation, BestSoFar best, ModelFile file, CancellationToken cancellation)
    {
        clock.Enter("publish", "Writing the int8 model, about which nothing is proven");
        best.Clear();
        var configuration = Configuration.FullyQuantized;
        var report = PublishUnproven(
            variants.Build(configuration), file, records.Layers(configuration, ImmutableSortedDictionary<int, GroupRank>.Empty), cancellation, sha256 => locked.Compare(sha256, "", variants, configuration));
        locked.Record(report, "", variants, configuration);
        clock.Enter("explain", "Measuring the error of every layer");
        return explanation.Explain(report, configuration);
    }

    /// <summary>What the lock file decided, or everything in int8: not evaluated, because the user asked for that.</summary>
    private RunReport PublishUnverified(LockedModel locked, ReportRecords records, BestSoFar best, ModelFile file)
    {
        clock.Enter("publish", "Writing the int8 model without evaluating it");
        best.Clear();
        var configuration = locked.Candidate ?? Configuration.FullyQuantized;
        using var publication = Publication.Stage(outputPath, locked.Variants.Build(configuration));
        publication.ReadBack();
        if (locked.Run.IsStrict)
            locked.Compare(publication.Sha256, locked.SchemeName, locked.Variants, configuration);
        publication.Commit();
        Warn(DiagnosticCodes.NothingVerified, locked.Run.Unverified(), new SourcePosition(manifest.Path));
        return Report(RunStatus.NotVerified, file, records.Layers(configuration, ImmutableSortedDictionary<int, GroupRank>.Empty)) with { Output = Output(publication) };
    }

    /// <summary>POT saves a model with <c>skip_model</c> as it is. An app that expects the int8 file then gets one that computes the same.</summary>
    private RunReport PublishFloat(ModelFile file, LockedRun locked, CancellationToken cancellation)
    {
        clock.Enter("publish", "Copying the float model, all of which is ignored");
        Warn(DiagnosticCodes.NothingToQuantize, "`ignored.skip_model` is true: the published model is the float model.", new SourcePosition(manifest.Path));
        var decision = new LockedDecision("", ImmutableSortedDictionary<string, string>.Empty, [], null, null, "");
        var report = PublishUnproven(file.Model.Serialize(), file, new LayerRecord(0, 0, [], []), cancellation, sha256 => locked.Compare(sha256, () => decision));
        locked.Record(report, () => decision);
        clock.Leave();
        return report with { Timings = clock.Timings, Lock = locked.ToRecord() };
    }

    /// <summary>Nothing is proven of its accuracy; what is asked of its size and speed holds all the same.</summary>
    private RunReport PublishUnproven(SerializedModel model, ModelFile file, LayerRecord layers, CancellationToken cancellation, Action<string>? check = null)
    {
        using var publication = Publication.Stage(outputPath, model);
        var written = EvaluatedModel.Of(publication.ReadBack(), outputPath);
        check?.Invoke(publication.Sha256);
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
        Runtime = ReportRecords.Runtime(options.EmulatedIsa.Identity()),
        Timings = [],
    };

    private OutputRecord Output(Publication publication) =>
        new(outputPath, publication.Sha256, publication.Bytes) { ExternalData = publication.Values is { } values ? [values] : [] };
}
