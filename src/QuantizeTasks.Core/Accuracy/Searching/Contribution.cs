namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What a group of the answer bought: the answer against the same with the group in int8, where the search has judged that.</summary>
/// <param name="Drop">By how much the drop would be larger without it, of the metric that was worst at the start; null when it was never judged.</param>
/// <param name="IsAtLeast">True when that is a lower bound.</param>
/// <param name="Better">Samples that are better for it; null when not all were run.</param>
/// <param name="Worse">Samples that are worse for it; null when not all were run.</param>
internal sealed record Contribution(double? Drop, bool IsAtLeast, int? Better, int? Worse)
{
    public static Contribution Of(SearchOutcome outcome, int group)
    {
        var (with, metric) = (outcome.Best, outcome.Steps[0].Judgement.Verdict.Worst);
        var configuration = with.Configuration.Restore(group);
        if (outcome.Steps.FirstOrDefault(s => s.Judgement.Configuration.Equals(configuration))?.Judgement is not { } without)
            return new Contribution(null, false, null, null);
        var drop = without.Verdict.Metrics[metric].Drop - with.Verdict.Metrics[metric].Drop;
        if (!without.IsWhole)
            return new Contribution(drop, without.IsBound, null, null);
        var sign = with.Verdict.Metrics[metric].Metric.HigherIsBetter ? 1 : -1;
        var differences = with.Evaluation.Metrics[metric].PerSample.Zip(without.Evaluation.Metrics[metric].PerSample, (a, b) => sign * a.CompareTo(b)).ToArray();
        return new Contribution(drop, false, differences.Count(d => d > 0), differences.Count(d => d < 0));
    }
}
