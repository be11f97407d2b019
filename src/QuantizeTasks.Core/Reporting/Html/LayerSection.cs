using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>Which layers are int8 and which are not, and why: a table that sorts and filters where scripts run, and is whole where they do not.</summary>
internal static class LayerSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        var layers = report.Layers.Details.IsDefault ? [] : report.Layers.Details;
        if (layers.IsEmpty)
            return;
        html.Line($"<section aria-labelledby=\"layers\">").Line($"<h2 id=\"layers\">Layers</h2>")
            .Line($"<p>Rank 1 is the layer whose return to float helped most when layers were last ranked; the score is the ranking metric with its group in float. Times are what the device's cost model or measuring says one run takes, without conversions.</p>")
            .Add($"<div class=\"controls\" hidden><label>Filter <input type=\"search\" id=\"filter\" placeholder=\"name, operator or reason\" autocomplete=\"off\" spellcheck=\"false\"></label>")
            .Add($"<label>Decision <select id=\"decision\"><option value=\"\">all</option>");
        foreach (var decision in layers.GroupBy(l => l.Decision, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            html.Add($"<option value=\"{decision.Key}\">{decision.Key} ({decision.Count()})</option>");
        html.Line($"</select></label><output id=\"shown\" aria-live=\"polite\"></output></div>")
            .Line($"<div class=\"scroll\"><table id=\"layer-table\">")
            .Add($"<thead><tr><th scope=\"col\" data-sort=\"text\">Layer</th><th scope=\"col\" data-sort=\"text\">Operator</th><th scope=\"col\" data-sort=\"text\">Decision</th><th scope=\"col\" data-sort=\"text\">Group</th>")
            .Line($"<th scope=\"col\" class=\"n\" data-sort=\"number\">Rank</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Score</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Float, \u00b5s</th><th scope=\"col\" class=\"n\" data-sort=\"number\">int8, \u00b5s</th><th scope=\"col\" data-sort=\"text\">Reason</th></tr></thead>")
            .Line($"<tbody>");
        foreach (var layer in layers)
            Row(html, layer);
        html.Line($"</tbody></table></div>").Line($"</section>");
    }

    private static void Row(HtmlBuilder html, LayerDetail layer)
    {
        html.Add($"<tr data-decision=\"{layer.Decision}\"><th scope=\"row\" class=\"name\">{layer.Name}</th><td>{layer.OpType}</td><td><span class=\"tag {Kind(layer.Decision)}\">{layer.Decision}</span></td>")
            .Add($"<td class=\"name\">{(layer.Group == layer.Name ? "" : layer.Group)}</td>");
        Number(html, layer.Rank, layer.Rank?.ToString(CultureInfo.InvariantCulture));
        Number(html, layer.Score, layer.Score?.ToString("F4", CultureInfo.InvariantCulture));
        Number(html, layer.FloatUs, layer.FloatUs is { } inFloat ? Units.Number(inFloat) : null);
        Number(html, layer.Int8Us, layer.Int8Us is { } inInt8 ? Units.Number(inInt8) : null);
        html.Line($"<td class=\"reason\">{layer.Reason}</td></tr>");
    }

    /// <summary>A cell that sorts by its value and not by what is shown of it; an empty one sorts last.</summary>
    private static void Number(HtmlBuilder html, double? value, string? text)
    {
        if (value is { } number && double.IsFinite(number))
            html.Add($"<td class=\"n\" data-value=\"{number:R}\">{text}</td>");
        else
            html.Add($"<td class=\"n\"></td>");
    }

    private static string Kind(string decision) => decision switch { "int8" => "good", "float" => "warm", _ => "plain" };
}
