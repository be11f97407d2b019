namespace QuantizeTasks.Reporting.Html;

/// <summary>The metrics before and after, each with its budget.</summary>
internal static class MetricSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        if (report.Metrics.IsEmpty)
            return;
        var from = report.Layers.RevertedTo == "float" ? "Float" : report.Layers.RevertedTo;
        html.Line($"<section aria-labelledby=\"metrics\">").Line($"<h2 id=\"metrics\">Accuracy</h2>")
            .Line($"<div class=\"scroll\"><table class=\"metrics stacks\">")
            .Line($"<thead><tr><th scope=\"col\">Metric</th><th scope=\"col\" class=\"n\">{from}</th><th scope=\"col\" class=\"n\">All int8</th><th scope=\"col\" class=\"n\">Result</th><th scope=\"col\" class=\"n\">Drop</th><th scope=\"col\" class=\"n\">Budget</th><th scope=\"col\" class=\"n\">Samples</th><th scope=\"col\">Verdict</th></tr></thead>")
            .Line($"<tbody>");
        foreach (var metric in report.Metrics)
            Row(html, metric, from);
        html.Line($"</tbody></table></div>");
        foreach (var metric in report.Metrics)
            BudgetFigure.Render(html, metric, report.Layers.RevertedTo);
        if (!report.SearchMetrics.IsEmpty)
            html.Line($"<p class=\"note\">The verdict is given on samples that the search has not seen. On the {Units.Plural(report.SearchMetrics[0].Samples, "sample")} that it saw: {string.Join(", ", report.SearchMetrics.Select(m => $"{m.Name} {new MetricFormat(m).Value(m.Quantized)}"))}.</p>");
        foreach (var limit in report.Limits)
            html.Line($"<p class=\"note\"><span class=\"tag {(limit.WithinBudget ? "good" : "bad")}\">{(limit.WithinBudget ? "met" : "missed")}</span> <code>{limit.Name}</code> {limit.Bound:0.###}: measured {limit.Value:0.###}.</p>");
        html.Line($"</section>");
    }

    private static void Row(HtmlBuilder html, MetricRecord metric, string from)
    {
        var format = new MetricFormat(metric);
        html.Add($"<tr><th scope=\"row\">{metric.Name}<small>{(metric.HigherIsBetter ? "higher is better" : "lower is better")}</small></th>")
            .Add($"<td class=\"n\" data-label=\"{from}\">{format.Value(metric.Baseline)}</td><td class=\"n\" data-label=\"All int8\">{format.Value(metric.FullyQuantized)}</td><td class=\"n strong\" data-label=\"Result\">{format.Value(metric.Quantized)}</td>")
            .Add($"<td class=\"n\" data-label=\"Drop\">{format.Drop(metric.Drop)}");
        if (metric.Budget is { } budget && budget > 0 && double.IsFinite(metric.Drop))
            Gauge(html, metric.Drop / budget);
        if (metric.Evidence is { } evidence)
        {
            if (double.IsFinite(evidence.AtMost))
                html.Add($"<small>at most {format.Drop(evidence.AtMost)} with {evidence.Confidence * 100:0.##}% confidence</small>");
            else
                html.Add($"<small>one sample says nothing of others</small>");
        }
        html.Add($"</td><td class=\"n\" data-label=\"Budget\">{(metric.Budget is { } b ? format.BudgetWithUnit(b) : "none")}</td><td class=\"n\" data-label=\"Samples\">{Units.Count(metric.Samples)}</td>");
        var (kind, word) = metric.Budget is null ? ("open", "not checked") : !metric.WithinBudget ? ("bad", "exceeded") : metric.Evidence is { IsEnough: false } ? ("bad", "too few samples") : ("good", "within budget");
        html.Line($"<td data-label=\"Verdict\"><span class=\"tag {kind}\">{word}</span></td></tr>");
    }

    /// <summary>A bar whose tick is the budget, at half its width; a drop of more than twice the budget fills it.</summary>
    private static void Gauge(HtmlBuilder html, double share)
    {
        var width = Math.Clamp(share, 0, 2) * 50;
        html.Add($"<svg class=\"gauge {(share > 1 ? "bad" : "good")}\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{share * 100:F0} percent of the budget used\">")
            .Add($"<rect class=\"track\" x=\"0\" y=\"3\" width=\"100\" height=\"4\"/><rect class=\"fill\" x=\"0\" y=\"3\" width=\"{width:0.##}\" height=\"4\"/><rect class=\"tick\" x=\"49.4\" y=\"0\" width=\"1.2\" height=\"10\"/></svg>");
    }
}
