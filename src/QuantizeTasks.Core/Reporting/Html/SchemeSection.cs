namespace QuantizeTasks.Reporting.Html;

/// <summary>Other settings that were tried before layers went back to float.</summary>
internal static class SchemeSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        if (report.Schemes.IsDefaultOrEmpty)
            return;
        html.Line($"<section aria-labelledby=\"schemes\">").Line($"<h2 id=\"schemes\">Other settings</h2>")
            .Line($"<p>Tried with everything in int8. Each that was better than all before it was kept.</p>")
            .Line($"<div class=\"scroll\"><table>").Add($"<thead><tr><th scope=\"col\">Settings</th>");
        foreach (var metric in report.Metrics)
            html.Add($"<th scope=\"col\" class=\"n\">{metric.Name}</th>");
        html.Line($"<th scope=\"col\" class=\"n\">Samples</th><th scope=\"col\">Outcome</th></tr></thead>").Line($"<tbody>");
        var formats = report.Metrics.Select(m => new MetricFormat(m)).ToArray();
        foreach (var scheme in report.Schemes)
        {
            html.Add($"<tr><td>{scheme.Name}</td>");
            for (var metric = 0; metric < formats.Length; metric++)
                html.Add($"<td class=\"n\">{(metric < scheme.Values.Length ? formats[metric].Value(scheme.Values[metric]) : "")}</td>");
            html.Line($"<td class=\"n\">{Units.Count(scheme.Samples)}</td><td>{(scheme == report.Schemes[0] ? "" : scheme.Kept ? "kept" : "no better")}</td></tr>");
        }
        html.Line($"</tbody></table></div>").Line($"</section>");
    }
}
