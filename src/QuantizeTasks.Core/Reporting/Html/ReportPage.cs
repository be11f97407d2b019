using QuantizeTasks.Reporting.Html.Network;

namespace QuantizeTasks.Reporting.Html;

/// <summary>The HTML report: one file that needs nothing else, readable from disk, on paper, in the dark and by a screen reader.</summary>
internal static class ReportPage
{
    public static string Render(RunReport report)
    {
        var html = new HtmlBuilder();
        var model = Path.GetFileName(report.Model.Path);
        html.Line($"<!DOCTYPE html>").Line($"<html lang=\"en\">").Line($"<head>").Line($"<meta charset=\"utf-8\">")
            .Line($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"").Raw(Assets.Policy).Line($"\">")
            .Line($"<meta name=\"color-scheme\" content=\"light dark\">")
            .Line($"<title>{model}: {VerdictSection.Headline(report)}</title>")
            .Add($"<style>").Raw(Assets.Style).Line($"</style>")
            .Line($"</head>").Line($"<body>").Line($"<main>");
        VerdictSection.Render(html, report);
        Contents(html, report);
        MetricSection.Render(html, report);
        WarningSection.Render(html, report);
        ExplanationSection.Render(html, report);
        SchemeSection.Render(html, report);
        SearchSection.Render(html, report);
        NetworkSection.Render(html, report);
        LayerSection.Render(html, report);
        TensorSection.Render(html, report);
        RangesSection.Render(html, report);
        SaturationSection.Render(html, report);
        FactsSection.Render(html, report);
        html.Line($"</main>").Add($"<script>").Raw(Assets.Script).Line($"</script>").Line($"</body>").Line($"</html>");
        return html.ToString();
    }

    /// <summary>What is on the page, for whoever wants to get there without scrolling.</summary>
    private static void Contents(HtmlBuilder html, RunReport report)
    {
        (string Id, string Name, bool IsThere)[] sections =
        [
            ("metrics", "Accuracy", !report.Metrics.IsEmpty), ("warnings", "Warnings", !report.Warnings.IsDefaultOrEmpty), ("search", "Search", !report.Search.IsDefaultOrEmpty), ("network", "Network", !report.Network.IsDefaultOrEmpty),
            ("layers", "Layers", !report.Layers.Details.IsDefaultOrEmpty), ("tensors", "Tensors", !report.Tensors.IsDefaultOrEmpty), ("ranges", "Ranges", report.Ranges is not null),
            ("saturation", "Saturation", !report.Saturation.IsDefaultOrEmpty), ("conditions", "Measured with", true), ("files", "Files", true), ("again", "Again", true),
        ];
        html.Line($"<nav aria-label=\"Sections\"><ul>");
        foreach (var (id, name, isThere) in sections)
            if (isThere)
                html.Line($"<li><a href=\"#{id}\">{name}</a></li>");
        html.Line($"</ul></nav>");
    }
}
