namespace QuantizeTasks.Reporting.Html;

/// <summary>What the run warned of.</summary>
internal static class WarningSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        if (report.Warnings.IsDefaultOrEmpty)
            return;
        html.Line($"<section aria-labelledby=\"warnings\"><h2 id=\"warnings\">Warnings</h2>").Line($"<ul>");
        foreach (var warning in report.Warnings)
            html.Line($"<li><b>{warning.Code}</b> {new Prose(warning.Message)}</li>");
        html.Line($"</ul></section>");
    }
}
