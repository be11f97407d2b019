using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>What saturates where another instruction set was emulated.</summary>
internal static class SaturationSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        if (report.Saturation.IsDefaultOrEmpty)
            return;
        html.Line($"<section aria-labelledby=\"saturation\"><h2 id=\"saturation\">Saturation</h2>")
            .Line($"<p>Sums of two int8 products that leave 16 bits, computed as on the emulated processor, on the first samples. Layers that are not listed cannot saturate. <code>saturation_fix</code> in the manifest rules it out.</p>")
            .Line($"<div class=\"scroll\"><table class=\"sortable narrow\">")
            .Line($"<thead><tr><th scope=\"col\" data-sort=\"text\">Layer</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Saturated sums</th><th scope=\"col\" class=\"n\" data-sort=\"number\">Risky weight pairs</th></tr></thead>").Line($"<tbody>");
        foreach (var layer in report.Saturation.OrderByDescending(s => s.Share))
        {
            var risky = layer.WeightPairs == 0 ? 0 : (double)layer.RiskyWeightPairs / layer.WeightPairs;
            html.Line($"<tr><th scope=\"row\" class=\"name\">{layer.Layer}</th><td class=\"n\" data-value=\"{layer.Share:R}\">{Percent(layer.Share)}</td><td class=\"n\" data-value=\"{risky:R}\">{Percent(risky)}</td></tr>");
        }
        html.Line($"</tbody></table></div></section>");
    }

    internal static string Percent(double share) => share switch
    {
        0 => "0%",
        < 0.0001 => "<0.01%",
        _ => (share * 100).ToString(share < 0.1 ? "0.##" : "0.#", CultureInfo.InvariantCulture) + "%",
    };
}
