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
            .Line($"<p>Rank 1 is the layer whose return to float helped most when layers were last ranked; the score is the ranking metric with its group in float. Times are what the device's cost model or measuring says one run takes, without conversions. {new Prose(Errors(report.Layers))}</p>")
            .Add($"<div class=\"controls\" hidden><label>Filter <input type=\"search\" id=\"filter\" placeholder=\"name, operator or reason\" autocomplete=\"off\" spellcheck=\"false\"></label>")
            .Add($"<label>Decision <select id=\"decision\"><option value=\"\">all</option>");
        foreach (var decision in layers.GroupBy(l => l.Decision, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            html.Add($"<option value=\"{decision.Key}\">{decision.Key} ({decision.Count()})</option>");
        html.Line($"</select></label><output id=\"shown\" aria-live=\"polite\"></output></div>")
            .Line($"<div class=\"scroll\"><table id=\"layer-table\" class=\"sortable\">")
            .Add($"<thead><tr><th scope=\"col\" data-sort=\"text\">Layer</th><th scope=\"col\" data-sort=\"text\">Operator</th><th scope=\"col\" data-sort=\"text\">Decision</th>")
            .Add($"<th scope=\"col\" class=\"n\" data-sort=\"number\">Rank</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Score</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Alone, dB</th><th scope=\"col\" class=\"n\" data-sort=\"number\">In model, dB</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Weights, dB</th>")
            .Line($"<th scope=\"col\" class=\"n\" data-sort=\"number\">Input range</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Float, \u00b5s</th><th scope=\"col\" class=\"n\" data-sort=\"number\">int8, \u00b5s</th><th scope=\"col\" data-sort=\"text\">Reason</th></tr></thead>")
            .Line($"<tbody>");
        var tensors = report.Tensors.IsDefault ? [] : report.Tensors.GroupBy(t => t.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var ids = TensorSection.Ids(report.Tensors);
        for (var i = 0; i < layers.Length; i++)
            Row(html, layers[i], i, layers[i].Input is { } input ? tensors.GetValueOrDefault(input) : null, ids);
        html.Line($"</tbody></table></div>").Line($"</section>");
    }

    private static string Errors(LayerRecord layers) => layers switch
    {
        { ErrorSamples: > 0 } => $"Errors are signal to quantization noise over {Units.Plural(layers.ErrorSamples, "calibration sample")}, larger is better (20 dB is a tenth, 40 dB a hundredth of the signal): of the output when this layer alone is int8, of the output with everything in int8, and of the weights.",
        { NoErrors: { } why } => $"Errors were not measured: {why}.",
        _ => "",
    };

    private static void Row(HtmlBuilder html, LayerDetail layer, int index, TensorRecord? input, Dictionary<string, string> ids)
    {
        html.Add($"<tr id=\"l{index}\" data-decision=\"{layer.Decision}\"><th scope=\"row\" class=\"name\">{layer.Name}");
        if (layer.Group is { } group && group != layer.Name)
            html.Add($"<small>with {group}</small>");
        html.Add($"</th><td>{layer.OpType}</td><td><span class=\"tag {Kind(layer.Decision)}\">{layer.Decision}</span></td>");
        Number(html, layer.Rank, layer.Rank?.ToString(CultureInfo.InvariantCulture));
        Number(html, layer.Score, layer.Score?.ToString("F4", CultureInfo.InvariantCulture));
        Decibels(html, layer.LocalDecibels);
        Decibels(html, layer.AccumulatedDecibels);
        Decibels(html, layer.WeightDecibels);
        if (input is null)
            html.Add($"<td class=\"n\"></td>");
        else if (ids.TryGetValue(input.Name, out var id))
            html.Add($"<td class=\"n\" data-value=\"{input.High - input.Low:R}\"><a href=\"#{id}\">{Units.Range(input.Low, input.High)}</a></td>");
        else
            html.Add($"<td class=\"n\" data-value=\"{input.High - input.Low:R}\">{Units.Range(input.Low, input.High)}</td>");
        Number(html, layer.FloatUs, layer.FloatUs is { } inFloat ? Units.Number(inFloat) : null);
        Number(html, layer.Int8Us, layer.Int8Us is { } inInt8 ? Units.Number(inInt8) : null);
        html.Line($"<td class=\"reason\">{new Prose(layer.Reason)}</td></tr>");
    }

    /// <summary>What is exact sorts above every number.</summary>
    private static void Decibels(HtmlBuilder html, double? decibels)
    {
        if (decibels is { } value && double.IsPositiveInfinity(value))
            html.Add($"<td class=\"n\" data-value=\"1000\">exact</td>");
        else
            Number(html, decibels, decibels is { } number ? Units.Decibels(number) : null);
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
