using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What a ranking is asked: which samples a configuration lost most on, and how much of that a change gives back.</summary>
/// <param name="Reference">The float model on the samples that are compared one by one.</param>
/// <param name="Current">The configuration that groups are reverted on top of, evaluated on at least these samples.</param>
/// <param name="Metric">Position of the metric.</param>
/// <param name="Hardest">The samples to rank on, the one that lost most first.</param>
internal sealed record RankingQuestion(Evaluation Reference, Judgement Current, int Metric, ImmutableArray<int> Hardest)
{
    /// <summary>The question POT asks: the samples on which a configuration lost most against the float model.</summary>
    /// <param name="reference">The float model on the samples that are compared one by one.</param>
    /// <param name="current">The configuration.</param>
    /// <param name="metric">Position of the metric.</param>
    /// <param name="size">How many samples at most.</param>
    public static RankingQuestion Of(Evaluation reference, Judgement current, int metric, int size) =>
        new(reference, current, metric, RankingSubset.Choose(reference, current.Evaluation, metric, Math.Max(1, size)));

    /// <summary>The same on no more samples than lost something, but on enough of them to see what gets worse.</summary>
    public RankingQuestion OnLosses()
    {
        const int enough = 32;
        var (original, now) = (Ranked(Reference.On(All)), Ranked(Current.Evaluation.On(All)));
        var losses = original.PerSample.Zip(now.PerSample).Count(p => original.Metric.HigherIsBetter ? p.Second < p.First : p.Second > p.First);
        return this with { Hardest = [.. Hardest.Take(Math.Max(enough, losses))] };
    }

    /// <summary>The samples, ascending.</summary>
    public ImmutableArray<int> All => First(Hardest.Length);

    /// <summary>The first of the samples, ascending.</summary>
    public ImmutableArray<int> First(int count) => [.. Hardest.Take(count).Order()];

    /// <summary>Reverts each candidate alone and scores it on the first of the samples; in the order of the candidates.</summary>
    /// <exception cref="Diagnostics.QuantizeException">The metric of one of them is not finite.</exception>
    public ImmutableArray<RankedGroup> Ask(IConfigurationEvaluator evaluator, IReadOnlyList<QuantizerGroup> candidates, int samples, CancellationToken cancellation)
    {
        var evaluations = evaluator.EvaluateEach([.. candidates.Select(g => Current.Configuration.Revert(g))], First(samples), cancellation);
        return [.. candidates.Select((group, i) => Judge(group, evaluations[i]))];
    }

    /// <summary>What a configuration gives back of what <see cref="Current"/> lost on the samples it was evaluated on, as a share; NaN when nothing was lost on them.</summary>
    public double Regained(Evaluation evaluation)
    {
        var (lost, left) = (Loss(Current.Evaluation.On(evaluation.Samples)), Loss(evaluation));
        return lost > 0 ? (lost - left) / lost : double.NaN;
    }

    private RankedGroup Judge(QuantizerGroup group, Evaluation evaluation)
    {
        var value = IsUndefined(evaluation) ? Score(evaluation) : FiniteMetric.Of(evaluation.ForRanking, Metric, $"the int8 model with '{group.Name}' in {group.RevertsTo?.Name ?? "float"}");
        return new RankedGroup(group, Ranked(evaluation).Metric.HigherIsBetter ? value : -value, evaluation.Samples.Length, Regained(evaluation));
    }

    /// <summary>How much worse than the float model on the same samples.</summary>
    private double Loss(Evaluation evaluation)
    {
        var (value, original) = (Score(evaluation), Score(Reference.On(evaluation.Samples)));
        return Ranked(evaluation).Metric.HigherIsBetter ? original - value : value - original;
    }

    /// <summary>The metric or, where it says nothing of so few samples, the mean of its values on each, as POT has proxies for metrics that are of a whole set.</summary>
    private double Score(Evaluation evaluation) => IsUndefined(evaluation) ? Ranked(evaluation).PerSample.Average() : Ranked(evaluation).Value;

    /// <summary>As the area under a curve is when all samples are of one class. It follows from the labels alone, so it is so for every candidate or for none.</summary>
    private bool IsUndefined(Evaluation evaluation) => double.IsNaN(Ranked(evaluation).Value) && Ranked(evaluation).PerSample.All(double.IsFinite);

    /// <summary>What ranks: the metric, or the one that stands in for it.</summary>
    private MetricEvaluation Ranked(Evaluation evaluation) => evaluation.Metrics[Metric].ForRanking;
}
