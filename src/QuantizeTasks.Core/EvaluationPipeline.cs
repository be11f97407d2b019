using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>What a model scores on the validation data of a manifest.</summary>
/// <param name="Model">The model's path.</param>
/// <param name="Sha256">Of the model file.</param>
/// <param name="Metrics">In the manifest's order.</param>
/// <param name="Evaluations">What was run for it.</param>
/// <param name="Runtime">The runtime it holds for.</param>
/// <param name="Saturation">What saturates on the first samples; empty unless another instruction set was emulated.</param>
public sealed record EvaluationReport(
    string Model, string Sha256, ImmutableArray<MetricValue> Metrics, EvaluationRecord Evaluations, RuntimeRecord Runtime, ImmutableArray<SaturationRecord> Saturation);

/// <summary>One metric of an <see cref="EvaluationReport"/>.</summary>
public sealed record MetricValue(string Name, bool HigherIsBetter, double Value, int Samples);

/// <summary>Evaluates any model file on the validation data of a manifest.</summary>
public static class EvaluationPipeline
{
    /// <summary>Evaluates a model with default session options, or as another instruction set would compute it.</summary>
    /// <param name="modelPath">The model; the manifest's own or any other with the same inputs and outputs.</param>
    /// <param name="manifest">Names data and metrics.</param>
    /// <param name="options">Store and workers.</param>
    /// <param name="events">Told what happens, from any thread.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="QuantizeException">The model or the data cannot be used, the manifest has no metric, or one is not finite.</exception>
    public static EvaluationReport Evaluate(string modelPath, QuantizationManifest manifest, RunOptions options, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var clock = new StageClock(events);
        clock.Enter("prepare", "Reading model and data");
        var validation = ValidationSet.Open(manifest)
            ?? throw new QuantizeException(DiagnosticCodes.MissingKey, "The manifest has no `metrics`, so there is nothing to evaluate.", new SourcePosition(manifest.Path));
        var file = ModelFile.Read(Path.GetFullPath(modelPath));
        var original = validation.Metrics.Any(m => m.NeedsReference) ? ModelFile.Read(manifest.Model.Value) : file;
        var runtime = options.EmulatedIsa.Identity();
        if (manifest.Compression.Accuracy.AnnotationFree)
        {
            clock.Enter("label", "Taking the float model's answers for labels");
            var labeller = ModelFile.Read(manifest.Model.Value);
            validation = PseudoLabels.Of(validation, manifest, set =>
            {
                using var evaluator = Evaluator(set, labeller);
                return evaluator.Evaluate(EvaluatedModel.Of(labeller), [.. Enumerable.Range(0, evaluator.SampleCount)], evaluator.WorkerCount, clock.Progress, cancellation);
            }, labeller.Fingerprint, runtime).Set;
        }
        using var models = Evaluator(validation, original);
        ModelEvaluator Evaluator(ValidationSet set, ModelFile reference) => new(EvaluatedModel.Of(reference), set.Loader, set.Metrics,
            new ObservationStore(new ContentStore(options.CacheDirectory, options.CacheLimit), set.Identity(), runtime, ToolVersion.Current), options.Workers, options.EmulatedIsa, set.Watch);

        clock.Enter("evaluate", $"Evaluating {Path.GetFileName(modelPath)} on {models.SampleCount} samples");
        var evaluation = models.Evaluate(EvaluatedModel.Of(file), [.. Enumerable.Range(0, models.SampleCount)], models.WorkerCount, clock.Progress, cancellation);
        models.RequireUnchangedData();
        ImmutableArray<SaturationRecord> saturation = [];
        if (options.EmulatedIsa != EmulatedIsa.None)
        {
            clock.Enter("saturation", "Counting what saturates");
            saturation = SaturationMeasurement.Measure(EvaluatedModel.Of(file).Open, validation.Loader, models.WorkerCount, cancellation);
        }
        clock.Leave();
        if (ProcessorCheck.Check(manifest.Compression.TargetDevice, runtime) is { } warning)
            events.Report(new DiagnosticRaised(warning));
        return new EvaluationReport(file.Path, file.Sha256,
            [.. validation.Metrics.Select((m, i) => new MetricValue(m.Name, m.HigherIsBetter, FiniteMetric.Of(evaluation, i, Path.GetFileName(modelPath), validation.Entries[i].Specification.Name.Position), models.SampleCount))],
            new EvaluationRecord(models.ModelsEvaluated, models.SamplesRun, models.SamplesKnown),
            ReportRecords.Runtime(runtime), saturation);
    }
}
