using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

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
        var run = new RunContext(manifest, options, outputPath, clock, events, new ContentStore(options.CacheDirectory, options.CacheLimit), QuantizingStage.ReadFloatModel(manifest), cancellation);
        var unproven = new UnprovenRun(run);
        var locked = LockedRun.Open(manifest, options, () => RunFacts.Of(manifest, run.File, options.EmulatedIsa.Identity(), validation, allowsAbsentData: !isVerified), events);
        if (manifest.Compression.Quantization.Ignored.SkipModel)
            return unproven.PublishFloat(locked);

        PseudoLabelRecord? pseudoLabels = null;
        if (validation is not null && manifest.Compression.Accuracy.AnnotationFree)
            (validation, pseudoLabels) = new LabelingStage(manifest, options, run.Store, clock, events).Run(validation, run.File, cancellation);
        var quantized = new QuantizingStage(manifest, options, run.Store, clock, events).Run(run.File, cancellation, locked);
        var records = new ReportRecords(quantized.Calibrated.Prepared, quantized.Calibrated.Placement, validation?.Divide(manifest).Search.Loader.Count ?? 0);
        var best = new BestSoFar(options.ReportDirectory);
        IntermediateModel.Keep(manifest.Compression.Quantization.DumpIntermediateModel ? quantized.Variants.Build(Configuration.FullyQuantized) : null, options.ReportDirectory);
        RankingFiles.Delete(options.ReportDirectory);

        var lockedModel = new LockedModel(locked, quantized.Calibrated, quantized.Variants, manifest.Compression, quantized.Under);
        var report = !isVerified ? unproven.PublishUnverified(lockedModel, records, best)
            : validation is null ? unproven.PublishQuantized(quantized.Variants, lockedModel, records, quantized.Explain(quantized.Variants, manifest.Compression), best)
            : Judge(new JudgedRun(run, validation, quantized, lockedModel, records, best));
        if (report.Output is not null && report.Latency is null && options.MeasureLatency && isVerified)
            report = report with { Latency = new CachedLatency(run).Of(report.Output, validation?.Loader ?? DataSource.Open(manifest.Calibration)) };
        if (report.SearchDetails is { Ranking: { IsEmpty: false } ranking })
            RankingFiles.Write(ranking, options.ReportDirectory);
        clock.Leave();
        return report with { PseudoLabels = pseudoLabels, Timings = clock.Timings, Selection = records.Selection(manifest.Compression, quantized.Decision), Lock = locked.ToRecord() };
    }

    private static RunReport Judge(JudgedRun judged)
    {
        using (judged)
            return judged.Execute();
    }
}
