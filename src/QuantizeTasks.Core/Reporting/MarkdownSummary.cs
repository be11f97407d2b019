using System.Globalization;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting.Html;

namespace QuantizeTasks.Reporting;

/// <summary>A run for a pull request or a job's summary: GitHub-flavoured Markdown, a verdict first, few enough lines to be read there.</summary>
public static class MarkdownSummary
{
    private const int MostGroups = 10;
    private const int MostDiagnostics = 20;

    /// <summary>The text, ending in a line break.</summary>
    /// <param name="report">The run; null when it did not come to its end.</param>
    /// <param name="diagnostics">Errors and warnings that were shown.</param>
    public static string Render(RunReport? report, IReadOnlyList<Diagnostic> diagnostics)
    {
        var text = new StringBuilder();
        if (report is null)
            text.Append("### \u274c Quantization failed\n\n");
        else
            Run(text, report);
        foreach (var diagnostic in diagnostics.Where(d => d.Severity != DiagnosticSeverity.Information).Take(MostDiagnostics))
            Line(text, $"- **{(diagnostic.Severity == DiagnosticSeverity.Error ? "error" : "warning")} {diagnostic.Code}**{Where(diagnostic.Position)}: {Escape(new Prose(diagnostic.Message))}");
        if (diagnostics.Count > MostDiagnostics)
            Line(text, $"- and {Units.Count(diagnostics.Count - MostDiagnostics)} more");
        return text.ToString();
    }

    private static void Run(StringBuilder text, RunReport report)
    {
        var (mark, verdict) = report.Status switch
        {
            RunStatus.WithinBudget => ("\u2705", "is within its budget"),
            RunStatus.BudgetExceeded => ("\u274c", "is not within its budget"),
            RunStatus.NotEnoughEvidence => ("\u274c", "is within its budget on these samples, but they are too few to be sure"),
            _ => ("\u26a0\ufe0f", "was quantized, and nothing is proven about it"),
        };
        Line(text, $"### {mark} {Code(Path.GetFileName(report.Model.Path))} {verdict}\n");
        Metrics(text, report);
        Line(text, $"{string.Join(", ", Facts(report))}.\n");
        Changed(text, report);
        foreach (var step in report.SearchDetails?.NextSteps ?? [])
            Line(text, $"- What may help: {Escape(new Prose(step))}");
        Line(text, $"\n<sub>{Escape(report.Runtime.Package)} {Escape(report.Runtime.Version)} on {Escape(report.Runtime.Isa)}; float model SHA-256 {Code(Short(report.Model.Sha256))}{(report.Output is { } output ? $", int8 model {Code(Short(output.Sha256))}" : "")}.</sub>\n");
    }

    private static void Metrics(StringBuilder text, RunReport report)
    {
        if (report.Metrics.IsEmpty)
            return;
        Line(text, $"| Metric | {(report.Layers.RevertedTo == "float" ? "Float" : report.Layers.RevertedTo)} | All int8 | Result | Drop | Budget | Samples | |\n|---|---:|---:|---:|---:|---:|---:|---|");
        foreach (var metric in report.Metrics)
        {
            var format = new MetricFormat(metric);
            var verdict = metric.Budget is null ? "not checked" : !metric.WithinBudget ? "**exceeded**" : metric.Evidence is { IsEnough: false } ? "**too few samples**" : "within budget";
            Line(text, $"| {Code(metric.Name)} | {format.Value(metric.Baseline)} | {format.Value(metric.FullyQuantized)} | **{format.Value(metric.Quantized)}** | {format.Drop(metric.Drop)} | {(metric.Budget is { } budget ? format.BudgetWithUnit(budget) : "none")} | {Units.Count(metric.Samples)} | {verdict} |");
        }
        text.Append('\n');
    }

    private static IEnumerable<string> Facts(RunReport report)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{report.Layers.Quantized} of {report.Layers.Quantizable} layers in int8");
        if (report.Output is { } output)
            yield return $"{Summary.Times(report.Model.Bytes, output.Bytes, "smaller", "larger")} ({Units.Bytes(report.Model.Bytes)} to {Units.Bytes(output.Bytes)})";
        if (report.Latency is { } latency)
            yield return $"{Summary.Times(latency.FloatMs, latency.Int8Ms, "faster", "slower")} ({Units.Milliseconds(latency.FloatMs)} to {Units.Milliseconds(latency.Int8Ms)})";
        foreach (var limit in report.Limits)
            yield return string.Create(CultureInfo.InvariantCulture, $"{Code(limit.Name)} {limit.Value:0.###} {(limit.WithinBudget ? "meets" : "**misses**")} {limit.Bound:0.###}");
        yield return $"took {Units.Seconds(report.Timings.Sum(t => t.Seconds))}";
    }

    private static void Changed(StringBuilder text, RunReport report)
    {
        if (report.SearchDetails is not { Changed: { IsEmpty: false } changed })
            return;
        Line(text, $"<details><summary>{Units.Plural(changed.Length, "group")} not in plain int8</summary>\n");
        Line(text, $"| Layers | Instead | Why |\n|---|---|---|");
        foreach (var group in changed.Take(MostGroups))
            Line(text, $"| {string.Join(", ", group.Layers.Select(Code))} | {Escape(group.State)} | {Escape(new Prose(group.Why))} |");
        if (changed.Length > MostGroups)
            Line(text, $"| and {Units.Count(changed.Length - MostGroups)} more | | |");
        text.Append("\n</details>\n\n");
    }

    private static string Where(SourcePosition? position) => position is { } at ? string.Create(CultureInfo.InvariantCulture, $" {Code(at.Line > 0 ? $"{Path.GetFileName(at.File)}:{at.Line}" : Path.GetFileName(at.File))}") : "";

    private static string Short(string sha256) => sha256.Length > 12 ? sha256[..12] : sha256;

    /// <summary>A name of a model's: inside <c>code</c> nobody is mentioned and nothing linked.</summary>
    private static string Code(string name) => $"<code>{Escape(name)}</code>";

    private static string Escape(Prose prose) => string.Concat(prose.Pieces.Select(p => p.IsCode ? Code(p.Text) : Escape(p.Text)));

    /// <summary>
    /// A character reference cannot be structure (CommonMark 0.31, section 2.5), so whatever could be punctuation of Markdown or HTML becomes one. Line breaks and control characters, which end a table's
    /// row, become spaces.
    /// </summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'))
                escaped.Append(' ');
            else if (char.IsAsciiLetterOrDigit(c) || c is ' ' or ',' or '%' || c > '~')
                escaped.Append(c);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"&#{(int)c};");
        }
        return escaped.ToString();
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
