using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>The verdict on the bytes that would be published: on the data of the search, then on data that the search has not seen, if there is any.</summary>
internal sealed class FinalVerdict(QuantizationManifest manifest, RunOptions options, ContentStore store, StageClock clock, IProgress<RunEvent> events, EvaluatedModel original)
{
    private const double UsualConfidence = 0.95;

    private readonly double? _confidence = manifest.Verdict.Confidence?.Value;

    /// <summary>A model evaluator on a set of samples.</summary>
    public ModelEvaluator Evaluator(ValidationSet set) => new(
        original, set.Loader, set.Metrics, new ObservationStore(store, set.Identity(), options.EmulatedIsa.Identity(), ToolVersion.Current, options.Verify == VerifyMode.Always), options.Workers, options.EmulatedIsa, set.Watch);

    /// <summary>Whether the verdict on the search's data compares with the float model on every sample.</summary>
    /// <param name="isChosen">Whether a search chose the model among others by this data.</param>
    public bool WantsEvidence(bool isChosen) => manifest.Certification is null && manifest.Holdout is null && (_confidence is not null || isChosen);

    /// <summary>The verdict on the data that the search saw.</summary>
    /// <param name="models">Evaluates on that data.</param>
    /// <param name="budget">The budget on it.</param>
    /// <param name="model">The bytes that were written.</param>
    /// <param name="isChosen">Whether a search chose the model among others by this data.</param>
    /// <param name="cancellation">Ends it.</param>
    public ModelProof OnSearchData(ModelEvaluator models, Budget budget, EvaluatedModel model, bool isChosen, CancellationToken cancellation)
    {
        var wantsEvidence = WantsEvidence(isChosen);
        var proof = ModelProof.Of(models, model, wantsEvidence ? original : null, budget, _confidence ?? UsualConfidence, clock.Progress, cancellation);
        if (wantsEvidence && _confidence is null && proof.Verdict.WithinBudget)
            WarnOfSelectionNoise(proof);
        return proof;
    }

    /// <summary>The verdict on data that the search has not seen.</summary>
    /// <param name="set">That data.</param>
    /// <param name="model">The bytes that were written.</param>
    /// <param name="fullyQuantized">The model in which everything is int8 that may be, for comparison; null when nobody evaluates it.</param>
    /// <param name="cancellation">Ends it.</param>
    public (ModelProof Proof, Verdict? FullyQuantized) OnCertificationData(ValidationSet set, EvaluatedModel model, EvaluatedModel? fullyQuantized, CancellationToken cancellation)
    {
        clock.Enter("certify", $"Giving the verdict on {set.Loader.Count} samples that the search has not seen");
        using var models = Evaluator(set);
        int[] all = [.. Enumerable.Range(0, models.SampleCount)];
        var baseline = models.Evaluate(original, all, models.WorkerCount, clock.Progress, cancellation);
        set.RequireParts(baseline);
        var budget = new Budget(set.Metrics, [.. set.Entries.Select((e, i) => FiniteMetric.Of(baseline, i, original.Name, e.Specification.Name.Position))], set.Terms(manifest));
        var proof = ModelProof.Of(models, model, _confidence is null ? null : original, budget, _confidence ?? UsualConfidence, clock.Progress, cancellation);
        var verdict = fullyQuantized is null ? null : budget.Judge(models.Evaluate(fullyQuantized, all, models.WorkerCount, clock.Progress, cancellation));
        models.RequireUnchangedData();
        return (proof, verdict);
    }

    private void WarnOfSelectionNoise(ModelProof proof)
    {
        foreach (var (metric, evidence) in proof.Verdict.Metrics.Zip(proof.Evidence))
        {
            if (metric.Bound is not { } bound || evidence is null || bound - metric.Drop >= evidence.StandardError)
                continue;
            var format = new MetricFormat(metric.Record(double.NaN, proof.Samples));
            events.Report(new DiagnosticRaised(new Diagnostic(DiagnosticCodes.SelectionNoise, DiagnosticSeverity.Warning,
                FormattableString.Invariant($"{metric.Metric.Name}: the drop of {format.Drop(metric.Drop)} is within the budget of {format.BudgetWithUnit(bound)} by less than one standard error ({format.Drop(evidence.StandardError)}) of what {proof.Samples} samples can tell, and the search chose the model by these samples. Certify on data of its own (`data: certification` or `data: certify`)."),
                manifest.Compression.Accuracy.MaximalDrop?.Position ?? new SourcePosition(manifest.Path))));
        }
    }
}
