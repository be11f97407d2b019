using System.Collections.Immutable;

namespace QuantizeTasks.Reporting.Html;

/// <summary>How the search went: a chart for each metric, and every step as a table.</summary>
internal static class SearchSection
{
    private const int MostNames = 6;

    public static void Render(HtmlBuilder html, RunReport report)
    {
        var search = report.Search.IsDefault ? [] : report.Search;
        if (search.IsEmpty)
            return;
        html.Line($"<section aria-labelledby=\"search\">").Line($"<h2 id=\"search\">Search</h2>")
            .Line($"<p>{(search.Length == 1 ? "Everything in int8 was judged on the whole validation set, and no layer was tried in float." : $"{Units.Count(search.Length)} configurations judged on the whole validation set. A filled point was kept, a hollow one taken back.")}</p>");
        // One point is no course; the figure above shows it.
        for (var metric = 0; search.Length > 1 && metric < report.Metrics.Length; metric++)
            SearchChart.Render(html, search, report.Metrics[metric], metric);
        Steps(html, search, report);
        html.Line($"</section>");
    }

    private static void Steps(HtmlBuilder html, ImmutableArray<IterationRecord> search, RunReport report)
    {
        var metrics = report.Metrics;
        html.Line($"<details><summary>Every step</summary>").Line($"<div class=\"scroll\"><table>")
            .Add($"<thead><tr><th scope=\"col\" class=\"n\">No.</th><th scope=\"col\">Tried</th><th scope=\"col\">In {report.Layers.RevertedTo}</th>");
        foreach (var metric in metrics)
            html.Add($"<th scope=\"col\" class=\"n\">{(metrics.Length == 1 ? "Drop" : metric.Name)}</th>");
        html.Line($"<th scope=\"col\">Outcome</th></tr></thead>").Line($"<tbody>");
        var formats = metrics.Select(m => new MetricFormat(m)).ToArray();
        foreach (var step in search)
        {
            html.Add($"<tr><td class=\"n\">{step.Index}</td><td>{step.Action}</td><td class=\"name\">{Names(step.Reverted)}</td>");
            for (var metric = 0; metric < formats.Length; metric++)
                html.Add($"<td class=\"n\">{(metric < step.Drops.Length ? (step.IsBound ? "at least " : step.IsForecast ? "about " : "") + formats[metric].Drop(step.Drops[metric]) : "")}</td>");
            html.Line($"<td>{(step.Kept ? "kept" : "taken back")}</td></tr>");
        }
        html.Line($"</tbody></table></div></details>");
    }

    private static string Names(ImmutableArray<string> names) => names.Length switch
    {
        0 => "none",
        <= MostNames => string.Join(", ", names),
        _ => $"{string.Join(", ", names.Take(MostNames))} and {Units.Count(names.Length - MostNames)} more",
    };
}
