using System.Globalization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Views;

/// <summary>A run's events as a line of text each.</summary>
internal static class EventText
{
    /// <summary>Null for events that are no line of their own.</summary>
    public static string? Of(RunEvent runEvent) => runEvent switch
    {
        StageStarted stage => $"{stage.Stage}: {stage.Description}",
        BaselineMeasured baseline => $"  {baseline.Model}: {baseline.Metric} {MetricFormat.ValueOf(baseline.Metric, baseline.Value)}{(baseline.Samples == 0 ? ", as stated" : $" on {Plural(baseline.Samples, "sample")}")}",
        ConfigurationJudged judged => $"  {judged.Iteration.Index.ToString(CultureInfo.InvariantCulture)}: {judged.Iteration.Action}: {string.Join(", ", judged.Metrics.Select(Metric))}{(judged.Iteration.IsBound ? ", at best" : judged.Iteration.IsForecast ? ", likely" : "")}{(judged.Iteration.Kept ? "" : ", taken back")}",
        SchemeTried { Scheme: var scheme } => $"  {scheme.Name}: {string.Join(", ", scheme.Values.Select(v => v.ToString("G5", CultureInfo.InvariantCulture)))} on {Plural(scheme.Samples, "sample")}{(scheme.Kept ? ", the best until now" : "")}",
        RankingFinished ranking => $"  ranked {Plural(ranking.Candidates, "group")} by {ranking.Metric}: {string.Join(", ", ranking.Groups.Take(3))}{(ranking.Groups.Count > 3 ? ", ..." : "")}",
        TimeEstimated { IsFirst: true } estimate => $"  about {LiveFrame.Duration(TimeSpan.FromSeconds(estimate.SecondsLeft))} of search ahead",
        _ => null,
    };

    public static string Metric(MetricRecord metric)
    {
        var format = new MetricFormat(metric);
        var budget = metric.Budget is { } value ? $", budget {format.BudgetWithUnit(value)}" : "";
        return $"{metric.Name} {format.Value(metric.Quantized)} (drop {format.Drop(metric.Drop)}{budget})";
    }

    private static string Plural(int count, string noun) => $"{count.ToString(CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";
}
