using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>How ranges of activations were found, and what the choice rests on where it was left open.</summary>
internal static class RangesSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        if (report.Ranges is not { } ranges)
            return;
        html.Line($"<section aria-labelledby=\"ranges\"><h2 id=\"ranges\">Ranges of activations</h2>");
        if (!ranges.IsAutomatic || ranges.Trials.IsEmpty)
        {
            var chosen = !report.Schemes.IsDefaultOrEmpty && report.Schemes.Skip(1).Any(s => s.Kept);
            html.Line($"<p>Preset <code>{ranges.Preset}</code>, range estimator <code>{ranges.Estimator}</code>, {(chosen ? "as the search chose" : "as the manifest says or by default")}.</p></section>");
            return;
        }
        html.Line($"<p>The manifest left the choice open. Preset <code>{ranges.Preset}</code> with range estimator <code>{ranges.Estimator}</code> was taken: the outputs of the int8 model were compared with the float model's on calibration samples, without labels. Another estimator replaces <code>mse</code> only when its error is at least a fifth smaller.</p>")
            .Line($"<div class=\"scroll\"><table class=\"narrow\">")
            .Line($"<thead><tr><th scope=\"col\">Preset</th><th scope=\"col\">Estimator</th><th scope=\"col\" class=\"n\">Samples</th><th scope=\"col\" class=\"n\">Noise by signal</th><th scope=\"col\" class=\"n\">dB</th><th scope=\"col\">Taken</th></tr></thead>").Line($"<tbody>");
        var last = ranges.Trials.LastOrDefault(t => (t.Preset, t.Estimator) == (ranges.Preset, ranges.Estimator));
        foreach (var trial in ranges.Trials)
            html.Add($"<tr><td>{trial.Preset}</td><th scope=\"row\">{trial.Estimator}</th><td class=\"n\">{trial.Samples}</td><td class=\"n\">{trial.Error.ToString("G3", CultureInfo.InvariantCulture)}</td>")
                .Line($"<td class=\"n\">{Units.Decibels(-10 * Math.Log10(trial.Error))}</td><td>{(ReferenceEquals(trial, last) ? "taken" : "")}</td></tr>");
        html.Line($"</tbody></table></div></section>");
    }
}
