using System.Collections.Immutable;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Accuracy;

/// <summary>What is proven of a model on data.</summary>
/// <param name="Verdict">Its drops against the budget.</param>
/// <param name="Evidence">For each metric what the data says of the drop in general, in the units of <see cref="MetricVerdict.Drop"/>; null where nobody asked.</param>
/// <param name="Samples">How many samples there are.</param>
internal sealed record ModelProof(Verdict Verdict, ImmutableArray<Evidence?> Evidence, int Samples)
{
    /// <summary>Evaluates a model on all samples and holds it against the budget.</summary>
    /// <param name="models">Evaluates.</param>
    /// <param name="model">The model.</param>
    /// <param name="original">The float model; null when nobody asks for evidence.</param>
    /// <param name="budget">What the metrics may lose.</param>
    /// <param name="confidence">Of the evidence.</param>
    /// <param name="progress">Told how many samples are done.</param>
    /// <param name="cancellation">Ends it.</param>
    public static ModelProof Of(ModelEvaluator models, EvaluatedModel model, EvaluatedModel? original, Budget budget, double confidence, Action<long, long>? progress, CancellationToken cancellation)
    {
        int[] all = [.. Enumerable.Range(0, models.SampleCount)];
        var evaluation = models.Evaluate(model, all, models.WorkerCount, progress, cancellation);
        var verdict = budget.Judge(evaluation);
        var reference = original is null ? null : models.Evaluate(original, all, models.WorkerCount, progress, cancellation);
        return new ModelProof(verdict,
            [.. verdict.Metrics.Select((m, i) => reference is null ? null : EvidenceOf(m, reference.Metrics[i], evaluation.Metrics[i], model.Fingerprint == original!.Fingerprint || model.IsFloat, confidence))], all.Length);
    }

    /// <summary>Samples tell how far int8 is below the float model. Where the float model is itself below a baseline that was stated, that much is lost for certain.</summary>
    internal static Evidence EvidenceOf(MetricVerdict verdict, MetricEvaluation reference, MetricEvaluation evaluated, bool isFloat, double confidence)
    {
        var shortfall = verdict.Metric.HigherIsBetter ? verdict.Baseline - reference.Value : reference.Value - verdict.Baseline;
        // The same function needs no samples, as long as they do not show that rounding made another one of it.
        var evidence = isFloat && RareDifferences.Count(reference.Contributions, evaluated.Contributions) == 0
            ? Accuracy.Evidence.OfTheSameModel : Accuracy.Evidence.Of(reference, evaluated, confidence);
        return evidence.RaisedBy(Math.Max(0, shortfall)).In(verdict.Unit);
    }

    /// <summary>Whether the evidence says of every metric that has a bound that the drop is within it in general; true when nobody asked with a confidence.</summary>
    public bool IsEnough(Located<double>? confidence) => confidence is null || Verdict.Metrics.Zip(Evidence).All(p => p.First.Bound is not { } bound || p.Second?.High <= bound);
}
