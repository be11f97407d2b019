using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>What a search can say about the model: what it changed and why, what that costs in speed, what it took, and what to try when it failed.</summary>
internal static class ExplanationSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        if (report.SearchDetails is not { } search || report.Search.IsDefault || report.Search.Length < 2)
            return;
        html.Line($"<section aria-labelledby=\"explanation\">").Line($"<h2 id=\"explanation\">What the search found</h2>");
        if (search.NextSteps.Length > 0)
        {
            html.Line($"<p>What is most likely to help:</p>").Line($"<ol>");
            foreach (var step in search.NextSteps)
                html.Line($"<li>{new Prose(step)}</li>");
            html.Line($"</ol>");
        }
        Changed(html, search, report);
        Frontier(html, search, report);
        var effort = search.Effort;
        html.Line($"<p>The search built {Units.Plural(effort.Sessions, "session")} and ran {effort.Samples.ToString("N0", CultureInfo.InvariantCulture)} samples. The exhaustive loop needs at least {effort.ExhaustiveSessions.ToString("N0", CultureInfo.InvariantCulture)} and {effort.ExhaustiveSamples.ToString("N0", CultureInfo.InvariantCulture)} for an answer of as many groups.</p>")
            .Line($"</section>");
    }

    private static void Changed(HtmlBuilder html, SearchRecord search, RunReport report)
    {
        if (search.Changed.IsEmpty)
            return;
        var format = new MetricFormat(report.Metrics[0]);
        html.Line($"<div class=\"scroll\"><table class=\"stacks\">")
            .Line($"<thead><tr><th scope=\"col\">Not plain int8</th><th scope=\"col\">Instead</th><th scope=\"col\" class=\"n\">Bought</th><th scope=\"col\" class=\"n\">Samples better, worse</th><th scope=\"col\">Why</th></tr></thead>").Line($"<tbody>");
        foreach (var changed in search.Changed)
        {
            var bought = changed.Bought is { } value ? (changed.IsAtLeast ? "at least " : "") + (report.Metrics.Length == 1 ? format.Drop(value) : value.ToString("G4", CultureInfo.InvariantCulture)) : "";
            var samples = changed is { SamplesBetter: { } better, SamplesWorse: { } worse } ? string.Create(CultureInfo.InvariantCulture, $"{better}, {worse}") : "";
            html.Line($"<tr><th scope=\"row\" class=\"name\">{string.Join(", ", changed.Layers)}</th><td data-label=\"Instead\">{changed.State}</td><td class=\"n\" data-label=\"Bought\">{bought}</td><td class=\"n\" data-label=\"Samples better, worse\">{samples}</td><td class=\"reason\">{new Prose(changed.Why)}</td></tr>");
        }
        html.Line($"</tbody></table></div>");
    }

    private static void Frontier(HtmlBuilder html, SearchRecord search, RunReport report)
    {
        if (search.Frontier.Length < 2)
            return;
        for (var i = 0; i < report.Metrics.Length; i++)
            FrontierChart.Render(html, search.Frontier, report.Metrics[i], i);
        html.Line($"<details><summary>Accuracy against predicted speed</summary>").Line($"<div class=\"scroll\"><table>")
            .Add($"<thead><tr><th scope=\"col\" class=\"n\">No.</th><th scope=\"col\" class=\"n\">Layers in {report.Layers.RevertedTo}</th><th scope=\"col\" class=\"n\">Of int8's savings</th>");
        foreach (var metric in report.Metrics)
            html.Add($"<th scope=\"col\" class=\"n\">{(report.Metrics.Length == 1 ? "Drop" : metric.Name)}</th>");
        html.Line($"</tr></thead>").Line($"<tbody>");
        foreach (var point in search.Frontier)
        {
            html.Add($"<tr><td class=\"n\">{point.Step}</td><td class=\"n\">{point.LayersInFloat}</td><td class=\"n\">{point.SpeedKept.ToString("P0", CultureInfo.InvariantCulture)}</td>");
            for (var i = 0; i < report.Metrics.Length; i++)
                html.Add($"<td class=\"n\">{new MetricFormat(report.Metrics[i]).Drop(point.Drops[i])}</td>");
            html.Line($"</tr>");
        }
        html.Line($"</tbody></table></div></details>");
    }
}
