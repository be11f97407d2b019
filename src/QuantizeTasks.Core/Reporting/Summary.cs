using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Reporting;

/// <summary>A run in a sentence: the line that says how it ended, and the error of a missed budget.</summary>
public static class Summary
{
    private const int CostliestLayers = 3;

    /// <summary>More than anybody has.</summary>
    private const long MostSamples = 1_000_000_000;

    /// <summary>One line on how the run ended, without a line break.</summary>
    public static string Line(RunReport report)
    {
        var metrics = string.Join(", ", report.Metrics.Select(m => MetricText(m, report.Layers.RevertedTo)));
        var parts = new List<string>();
        if (metrics.Length > 0)
            parts.Add(metrics);
        parts.Add(LayersText(report.Layers));
        if (report.Output is { } published)
            parts.Add(Times(report.Model.Bytes, published.Bytes, "smaller", "larger"));
        if (report.Latency is { } latency)
            parts.Add(Times(latency.FloatMs, latency.Int8Ms, "faster", "slower"));
        // Of what can be int8 only, so it is mostly larger than what is measured.
        if (report is { Output: not null, Selection: { PredictedFloatUs: { } predictedFloat, PredictedInt8Us: { } predictedInt8 } })
            parts.Add($"predicted {Times(predictedFloat, predictedInt8, "faster", "slower")} where int8 is possible");
        if (report is { Output: not null, Selection.SizeReason: not null })
            parts.Add("int8 for its size, as it is too small to gain speed");

        var model = Path.GetFileName(report.Model.Path);
        var outcome = report.Status switch
        {
            RunStatus.BudgetExceeded => $"{model} is not within its budget",
            RunStatus.NotEnoughEvidence => $"{model} is within its budget on these samples, but they are too few to be sure",
            RunStatus.NotGated => $"quantized {model} -> {OutputName(report)} without a budget, nothing proven",
            RunStatus.NotVerified => $"quantized {model} -> {OutputName(report)} without evaluating it, nothing proven",
            _ => $"quantized {model} -> {OutputName(report)}",
        };
        var where = report.Report is null ? "" : $"; report: {report.Report}";
        return OneLine($"{outcome}: {string.Join(", ", parts)}{where}");
    }

    /// <summary>The errors of a missed budget (QTZ2001), one for each metric that missed it.</summary>
    /// <param name="report">A run whose status is <see cref="RunStatus.BudgetExceeded"/>.</param>
    /// <param name="budgetPosition">Where the budget is written: the manifest's <c>maximal_drop</c> or what overrides it.</param>
    /// <param name="maximumIterations">The manifest's <c>max_iter_num</c>; null or <see cref="int.MaxValue"/> for no limit.</param>
    /// <param name="budgetSource">What states the budget instead of the manifest, such as <c>property QuantizeMaximalDrop</c>; null when the manifest does.</param>
    public static ImmutableArray<Diagnostic> BudgetErrors(RunReport report, SourcePosition? budgetPosition, int? maximumIterations = null, string? budgetSource = null)
    {
        var search = SearchText(report, maximumIterations);
        var costliest = CostliestText(report.Layers) + NextStepsText(report.SearchDetails);
        var where = report.Report is null ? "" : $" The report has every layer and step: {report.Report}";
        return
        [
            .. report.Metrics.Where(m => !m.WithinBudget && m.Budget is not null).Select((metric, index) => new Diagnostic(
                DiagnosticCodes.BudgetExceeded, DiagnosticSeverity.Error,
                OneLine(DropText(metric, report.Layers.RevertedTo, metric.BudgetPosition is null || metric.BudgetPosition == budgetPosition ? budgetSource : null) + search + "." + (index == 0 ? costliest : "") + where), metric.BudgetPosition ?? budgetPosition)),
            .. report.Metrics.Where(m => m is { WithinBudget: true, Evidence.IsEnough: false }).Select(metric => new Diagnostic(
                DiagnosticCodes.NotEnoughEvidence, DiagnosticSeverity.Error, OneLine(EvidenceText(metric, metric.Evidence!) + where), metric.BudgetPosition ?? budgetPosition)),
            .. report.Limits.Where(l => !l.WithinBudget).Select(limit => new Diagnostic(
                limit.Name == "min_speedup" ? DiagnosticCodes.SpeedBudgetMissed : DiagnosticCodes.SizeBudgetExceeded, DiagnosticSeverity.Error, OneLine(LimitText(report, limit) + where), limit.BudgetPosition)),
        ];
    }

    private static string EvidenceText(MetricRecord metric, EvidenceRecord evidence)
    {
        var format = new MetricFormat(metric);
        var isKnown = double.IsFinite(evidence.AtMost);
        var known = isKnown ? string.Create(CultureInfo.InvariantCulture, $"with {evidence.Confidence * 100:0.##}% confidence all that can be said is that it drops at most {format.Drop(evidence.AtMost)}.")
            : "one sample does not show how much results vary, so that nothing can be said of how far it drops on others.";
        var needed = evidence.SamplesNeeded is { } samples and < MostSamples ? string.Create(CultureInfo.InvariantCulture, $"About {samples} samples like these would be enough.")
            : isKnown ? "The drop is so near the budget that no number of samples would be enough." : "Give more samples.";
        return $"{metric.Name} {format.Verb} {format.DropSize} on {Plural(metric.Samples, "sample")}, within the budget of {format.BudgetWithUnit(metric.Budget!.Value)}, but {known} {needed}";
    }

    private static string LimitText(RunReport report, LimitRecord limit) => limit.Name == "min_speedup"
        ? string.Create(CultureInfo.InvariantCulture, $"The int8 model is {limit.Value:0.###} times as fast as the float model on this machine ({report.Latency!.FloatMs:0.###} ms -> {report.Latency.Int8Ms:0.###} ms a run); min_speedup is {limit.Bound:0.###}.")
        : string.Create(CultureInfo.InvariantCulture, $"The int8 model has {limit.Value:0.###} of the float model's size; max_size_ratio is {limit.Bound:0.###}.");

    private static string DropText(MetricRecord metric, string baseline, string? budgetSource)
    {
        var format = new MetricFormat(metric);
        var of = metric.DropType == "relative" ? $" of its {baseline} value" : "";
        var source = budgetSource is null ? "" : $" ({budgetSource})";
        var budget = metric.Budget is { } value ? $", budget {format.Budget(value)}{source}" : "";
        return $"{metric.Name} {format.Verb} {format.DropSize}{of} ({format.Value(metric.Baseline)} -> {format.Value(metric.Quantized)}){budget}";
    }

    private static string SearchText(RunReport report, int? maximum)
    {
        if (maximum is { } limit and not int.MaxValue)
            return $", after {Count(report.Iterations)} of {Count(limit)} iterations";
        return report.Iterations > 0 ? $", after {Plural(report.Iterations, "iteration")}" : "";
    }

    private static string CostliestText(LayerRecord layers)
    {
        var ranked = layers.Details.IsDefault ? [] : layers.Details.Where(l => l.Rank is not null)
            .OrderBy(l => l.Rank).ThenBy(l => l.Name, StringComparer.Ordinal)
            // Layers of one group have one rank, and the group has the name of its first layer.
            .Select(l => l.Group ?? l.Name).Distinct(StringComparer.Ordinal).Take(CostliestLayers).ToArray();
        return ranked.Length switch
        {
            0 => "",
            1 => $" The costliest layer is {ranked[0]}.",
            2 => $" The two costliest layers are {ranked[0]} and {ranked[1]}.",
            _ => $" The three costliest layers are {ranked[0]}, {ranked[1]} and {ranked[2]}.",
        };
    }

    private static string NextStepsText(SearchRecord? search) =>
        search is null || search.NextSteps.IsEmpty ? "" : $" What may help: {string.Join(" ", search.NextSteps.Select((step, i) => $"({i + 1}) {step}"))}";

    private static string MetricText(MetricRecord metric, string baseline)
    {
        var format = new MetricFormat(metric);
        var budget = metric.Budget is { } value ? $", budget {format.BudgetWithUnit(value)}" : "";
        return $"{metric.Name} {format.Value(metric.Quantized)} ({baseline} {format.Value(metric.Baseline)}{budget})";
    }

    private static string LayersText(LayerRecord layers)
    {
        var inFloat = layers.Quantizable - layers.Quantized;
        return inFloat == 0 ? $"all {Plural(layers.Quantizable, "layer")} int8" : $"{Count(inFloat)} of {Plural(layers.Quantizable, "layer")} {layers.RevertedTo}";
    }

    private static string OutputName(RunReport report) => report.Output is { } output ? Path.GetFileName(output.Path) : "nothing";

    /// <summary>"3.4x smaller", or "1.2x larger" when the change went the other way; <paramref name="before"/> and <paramref name="after"/> in the same unit.</summary>
    internal static string Times(double before, double after, string less, string more)
    {
        if (!(before > 0) || !(after > 0) || !double.IsFinite(before) || !double.IsFinite(after))
            return $"not measurably {less}";
        var ratio = before / after;
        return ratio >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{ratio:F1}x {less}") : string.Create(CultureInfo.InvariantCulture, $"{1 / ratio:F1}x {more}");
    }

    private static string Plural(int count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>Names of layers and files come from outside; one with a line break must not be able to start a line of its own in a build log.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
