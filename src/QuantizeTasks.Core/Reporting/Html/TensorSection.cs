using System.Collections.Immutable;
using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>Scales, ranges and values of the quantized tensors, folded away until somebody asks.</summary>
internal static class TensorSection
{
    /// <summary>A picture for each of thousands of tensors would be a file that no browser likes.</summary>
    private const int MostRows = 400;

    private const double Width = 192;
    private const double Height = 34;

    public static void Render(HtmlBuilder html, RunReport report)
    {
        var tensors = report.Tensors;
        if (tensors.IsDefaultOrEmpty)
            return;
        html.Line($"<section aria-labelledby=\"tensors\"><h2 id=\"tensors\">Tensors</h2>")
            .Line($"<details><summary>Ranges and values of {Units.Plural(tensors.Length, "quantized tensor")}</summary>");
        if (tensors.Any(t => t.Values is not null))
            html.Line($"<p class=\"note\">The picture shows how often values of the float model occur ({Units.Plural(report.Layers.ErrorSamples, "calibration sample")}; height is logarithmic, exact zeros are left out). The shaded part is what int8 can hold; what lies outside is clipped.</p>");
        if (tensors.Length > MostRows)
            html.Line($"<p class=\"note\">The {MostRows} of which most is clipped are shown; <code>report.json</code> has all {Units.Count(tensors.Length)}.</p>");
        html.Line($"<div class=\"scroll\"><table class=\"sortable\">")
            .Add($"<thead><tr><th scope=\"col\" data-sort=\"text\">Tensor</th><th scope=\"col\">Values</th><th scope=\"col\" class=\"n\" data-sort=\"number\">int8 holds</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Seen</th>")
            .Line($"<th scope=\"col\" class=\"n\" data-sort=\"number\">Clipped</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Zeros</th><th scope=\"col\" data-sort=\"text\">Type</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Scale</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Zero point</th></tr></thead>")
            .Line($"<tbody>");
        var ids = Ids(tensors);
        foreach (var tensor in Shown(tensors))
            Row(html, tensor, ids[tensor.Name]);
        html.Line($"</tbody></table></div></details></section>");
    }

    /// <summary>Where on the page each tensor stands that is there.</summary>
    public static Dictionary<string, string> Ids(ImmutableArray<TensorRecord> tensors) => tensors.IsDefault ? []
        : Shown(tensors).Select((tensor, i) => (tensor.Name, i)).GroupBy(p => p.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => string.Create(CultureInfo.InvariantCulture, $"t{g.First().i}"), StringComparer.Ordinal);

    private static IEnumerable<TensorRecord> Shown(ImmutableArray<TensorRecord> tensors) =>
        tensors.Length <= MostRows ? tensors : tensors.OrderByDescending(t => t.Values?.Clipped ?? 0).ThenBy(t => t.Name, StringComparer.Ordinal).Take(MostRows);

    private static void Row(HtmlBuilder html, TensorRecord tensor, string id)
    {
        html.Add($"<tr id=\"{id}\"><th scope=\"row\" class=\"name\">{tensor.Name}</th><td>");
        if (tensor.Values is { } values)
            Picture(html, tensor, values);
        html.Add($"</td><td class=\"n\" data-value=\"{tensor.High - tensor.Low:R}\">{Units.Range(tensor.Low, tensor.High)}</td>");
        if (tensor.Values is { } seen)
            html.Add($"<td class=\"n\" data-value=\"{seen.Maximum - seen.Minimum:R}\">{Units.Range(seen.Minimum, seen.Maximum)}</td><td class=\"n\" data-value=\"{seen.Clipped:R}\">{SaturationSection.Percent(seen.Clipped)}</td><td class=\"n\" data-value=\"{seen.Zeros:R}\">{SaturationSection.Percent(seen.Zeros)}</td>");
        else
            html.Add($"<td></td><td></td><td></td>");
        html.Line($"<td>{tensor.Type}</td><td class=\"n\" data-value=\"{tensor.Scale:R}\">{tensor.Scale.ToString("G4", CultureInfo.InvariantCulture)}</td><td class=\"n\" data-value=\"{tensor.ZeroPoint}\">{tensor.ZeroPoint}</td></tr>");
    }

    private static void Picture(HtmlBuilder html, TensorRecord tensor, HistogramRecord values)
    {
        var (left, right) = (Math.Min(values.Minimum, tensor.Low), Math.Max(values.Maximum, tensor.High));
        if (!(right > left) || !double.IsFinite(right - left) || values.Counts.IsDefaultOrEmpty)
            return;
        double X(double value) => (value - left) / (right - left) * Width;
        html.Add($"<svg class=\"histogram\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" aria-hidden=\"true\">")
            .Add($"<rect class=\"holds\" x=\"{X(tensor.Low):F1}\" y=\"0\" width=\"{X(tensor.High) - X(tensor.Low):F1}\" height=\"{Height}\"/><path class=\"values\" d=\"M{X(values.Minimum):F1} {Height}");
        var most = Math.Log(1 + (double)values.Counts.Max());
        var width = (values.Maximum - values.Minimum) / values.Counts.Length;
        for (var bin = 0; bin < values.Counts.Length; bin++)
        {
            var height = most > 0 ? Math.Log(1 + (double)values.Counts[bin]) / most * (Height - 4) : 0;
            html.Add($"V{Height - height:F0}H{X(values.Minimum + ((bin + 1) * width)):F1}");
        }
        html.Add($"V{Height}Z\"/></svg>");
    }
}
