using QuantizeTasks.Accuracy;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary><c>annotation_free</c>: labels from the float model.</summary>
internal sealed class LabelingStage(QuantizationManifest manifest, RunOptions options, ContentStore store, StageClock clock, IProgress<RunEvent> events)
{
    /// <summary>Evaluates the float model on all samples and takes its sure answers for labels.</summary>
    public PseudoLabels Run(ValidationSet validation, ModelFile file, CancellationToken cancellation)
    {
        clock.Enter("label", $"Taking the float model's answers on {validation.Loader.Count} samples for labels");
        var original = EvaluatedModel.Of(file);
        return PseudoLabels.Of(validation, manifest, set =>
        {
            using var models = new FinalVerdict(manifest, options, store, clock, events, original).Evaluator(set);
            var answers = models.Evaluate(original, [.. Enumerable.Range(0, models.SampleCount)], models.WorkerCount, clock.Progress, cancellation);
            models.RequireUnchangedData();
            return answers;
        }, file.Fingerprint, options.EmulatedIsa.Identity());
    }
}
