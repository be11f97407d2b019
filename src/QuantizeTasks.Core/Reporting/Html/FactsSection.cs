namespace QuantizeTasks.Reporting.Html;

/// <summary>What the verdict holds for and how to get it again: runtime, processor, latency, hashes, work done, time per stage.</summary>
internal static class FactsSection
{
    public static void Render(HtmlBuilder html, RunReport report)
    {
        html.Line($"<section class=\"columns\" aria-labelledby=\"conditions\">");
        Conditions(html, report);
        Time(html, report);
        html.Line($"</section>");
        Files(html, report);
        Again(html, report);
    }

    private static void Conditions(HtmlBuilder html, RunReport report)
    {
        html.Line($"<div><h2 id=\"conditions\">Measured with</h2>").Line($"<dl class=\"facts\">");
        Fact(html, "Runtime", $"{report.Runtime.Package} {report.Runtime.Version}");
        if (report.Runtime.Origin.Length > 0)
            Fact(html, "Runtime from", report.Runtime.Origin);
        Fact(html, "Processor", report.Runtime.Isa);
        if (report.Selection is { } selection)
        {
            Fact(html, "Chosen by", $"prefer: {selection.Prefer}, for {selection.Device}");
            if (selection.SizeReason is { } reason)
                Fact(html, "For its size", reason);
            if (selection is { PredictedFloatUs: { } predictedFloat, PredictedInt8Us: { } predictedInt8 })
                Fact(html, "Predicted", $"{Units.Milliseconds(predictedFloat / 1000)} to {Units.Milliseconds(predictedInt8 / 1000)}, what can be int8 and its conversions, {Summary.Times(predictedFloat, predictedInt8, "faster", "slower")}");
            if (selection is { MeasuredFloatMs: { } measuredFloat, MeasuredInt8Ms: { } measuredInt8 })
                Fact(html, "When chosen", $"{Units.Milliseconds(measuredFloat)} to {Units.Milliseconds(measuredInt8)} a run (median)");
        }
        if (report.Latency is { } latency)
        {
            Fact(html, "Float", $"{Units.Milliseconds(latency.FloatMs)} a run (median)");
            Fact(html, "int8", $"{Units.Milliseconds(latency.Int8Ms)} a run (median), {Units.Plural(latency.Threads, "thread")}");
        }
        else
            Fact(html, "Latency", "not measured");
        if (report.PseudoLabels is { } labels)
            Fact(html, "Labels", $"the float model's own answers, on {Units.Count(labels.Kept)} of {Units.Plural(labels.Of, "sample")} where it is at least {100 * labels.Threshold:0.#}% sure");
        Fact(html, "Evaluated", $"{Units.Plural(report.Evaluations.Configurations, "configuration")}, {Units.Plural(report.Evaluations.Samples, "sample")} run, {Units.Count(report.Evaluations.FromCache)} known from the cache");
        html.Line($"</dl>")
            .Line($"<p class=\"note\">int8 kernels differ between instruction sets and runtime versions, and with them the accuracy: the verdict holds for the runtime and the kind of processor named here.</p></div>");
    }

    private static void Time(HtmlBuilder html, RunReport report)
    {
        var stages = Stages.Total(report.Timings).ToArray();
        if (stages.Length == 0)
            return;
        var total = stages.Sum(s => s.Seconds);
        html.Line($"<div><h2>Time</h2>").Line($"<table class=\"times\"><thead class=\"visually-hidden\"><tr><th scope=\"col\">Stage</th><th scope=\"col\">Time</th><th scope=\"col\">Share</th></tr></thead><tbody>");
        foreach (var (stage, seconds) in stages)
            html.Add($"<tr><th scope=\"row\">{stage}</th><td class=\"n\">{Units.Seconds(seconds)}</td>")
                .Line($"<td class=\"bar\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"fill\" x=\"0\" y=\"2\" width=\"{(total > 0 ? 100 * seconds / total : 0):0.##}\" height=\"6\"/></svg></td></tr>");
        html.Line($"</tbody><tfoot><tr><th scope=\"row\">total</th><td class=\"n\">{Units.Seconds(total)}</td><td></td></tr></tfoot></table></div>");
    }

    private static void Files(HtmlBuilder html, RunReport report)
    {
        html.Line($"<section aria-labelledby=\"files\"><h2 id=\"files\">Files</h2>").Line($"<dl class=\"facts\">");
        Fact(html, "Float model", report.Model.Path, $"{Units.Bytes(report.Model.Bytes)}, opset {report.Model.Opset}, SHA-256 {report.Model.Sha256}");
        if (report.Output is { } output)
            Fact(html, "int8 model", output.Path, $"{Units.Bytes(output.Bytes)}, SHA-256 {output.Sha256}");
        else
            Fact(html, "int8 model", "none published");
        if (report.BestSoFar is { } best)
            Fact(html, "Best so far", best);
        Fact(html, "Manifest", report.Manifest);
        html.Line($"</dl></section>");
    }

    private static void Again(HtmlBuilder html, RunReport report)
    {
        html.Line($"<section aria-labelledby=\"again\"><h2 id=\"again\">Again</h2>")
            .Line($"<p>The same inputs give the same bytes on the same runtime and kind of processor. Finished work comes from the cache.</p>")
            .Line($"<pre><code>dotnet quantize run {Shell(report.Manifest)}</code></pre>")
            .Line($"</section>");
    }

    private static void Fact(HtmlBuilder html, string name, string value, string? more = null)
    {
        html.Add($"<div><dt>{name}</dt><dd>{value}");
        if (more is not null)
            html.Add($"<small>{more}</small>");
        html.Line($"</dd></div>");
    }

    private static string Shell(string path)
    {
        if (path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '\\' or '.' or '-' or '_' or ':'))
            return path;
        // A Windows path has no double quotes; in a POSIX shell only single quotes keep $ and ` from meaning something.
        return OperatingSystem.IsWindows() ? $"\"{path}\"" : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
