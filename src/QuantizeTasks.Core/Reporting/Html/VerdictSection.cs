using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>What a reader wants first: did it work, and what came out.</summary>
internal static class VerdictSection
{
    public static string Headline(RunReport report) => report.Status switch
    {
        RunStatus.WithinBudget => "within budget",
        RunStatus.BudgetExceeded => "budget exceeded",
        RunStatus.NotEnoughEvidence => "not enough evidence",
        _ => "nothing proven",
    };

    public static void Render(HtmlBuilder html, RunReport report)
    {
        html.Line($"<header class=\"verdict {Kind(report.Status)}\">")
            .Line($"<p class=\"eyebrow\">int8 quantization of <b>{Path.GetFileName(report.Model.Path)}</b></p>")
            .Line($"<h1><span class=\"mark\" aria-hidden=\"true\">{Mark(report.Status)}</span> {Capital(Headline(report))}</h1>")
            .Line($"<p class=\"lead\">{Explanation(report)}</p>");
        html.Line($"<dl class=\"tiles\">");
        Tile(html, "Layers in int8", string.Create(CultureInfo.InvariantCulture, $"{report.Layers.Quantized} of {report.Layers.Quantizable}"), LayersNote(report.Layers));
        if (report.Output is { } output)
            Tile(html, "File size", Summary.Times(report.Model.Bytes, output.Bytes, "smaller", "larger"), $"{Units.Bytes(report.Model.Bytes)} to {Units.Bytes(output.Bytes)}");
        if (report.Latency is { } latency)
            Tile(html, "Latency", Summary.Times(latency.FloatMs, latency.Int8Ms, "faster", "slower"), $"{Units.Milliseconds(latency.FloatMs)} to {Units.Milliseconds(latency.Int8Ms)} a run");
        Tile(html, "Time taken", Units.Seconds(report.Timings.Sum(t => t.Seconds)), Units.Plural(report.Evaluations.Configurations, "configuration") + " evaluated");
        html.Line($"</dl>").Line($"</header>");
    }

    private static void Tile(HtmlBuilder html, string name, string value, string note) =>
        html.Line($"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>");

    private static string Explanation(RunReport report)
    {
        var samples = report.Metrics.IsEmpty ? 0 : report.Metrics.Max(m => m.Samples);
        return report.Status switch
        {
            RunStatus.WithinBudget => $"Every metric stays within its budget on all {Units.Plural(samples, "validation sample")}, measured on exactly the bytes that were written.",
            RunStatus.NotEnoughEvidence => $"Every metric is within its budget on {Units.Plural(samples, "validation sample")}, but they are too few to say so of all data with the confidence that was asked for. No model was published.",
            RunStatus.BudgetExceeded => (report.Metrics.All(m => m.WithinBudget || m.Budget is null)
                    ? $"{string.Join(", ", report.Limits.Where(l => !l.WithinBudget).Select(l => l.Name))} is not met. No model was published."
                    : $"At least one metric misses its budget on {Units.Plural(samples, "validation sample")}. No model was published.")
                + (report.BestSoFar is null ? "" : " The best configuration found is kept; see below."),
            RunStatus.NotVerified => "A model was written without being evaluated, because verifying was switched off. Nothing is proven about it.",
            _ => "A model was written, but no budget was stated, so nothing is proven about its accuracy. State maximal_drop in the manifest to have it checked.",
        };
    }

    private static string LayersNote(LayerRecord layers) =>
        $"{(layers.Reverted.IsEmpty ? "none" : Units.Count(layers.Reverted.Length))} returned to {layers.RevertedTo} by the search";

    private static string Kind(RunStatus status) => status switch { RunStatus.WithinBudget => "good", RunStatus.BudgetExceeded or RunStatus.NotEnoughEvidence => "bad", _ => "open" };

    private static string Mark(RunStatus status) => status switch { RunStatus.WithinBudget => "\u2713", RunStatus.BudgetExceeded or RunStatus.NotEnoughEvidence => "\u2717", _ => "?" };

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
