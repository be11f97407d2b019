using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Reporting.Sarif;

/// <summary>A kind of result.</summary>
internal sealed record SarifRule(string Id, string Title, string Explanation, string Remedy)
{
    /// <summary>Not a diagnostic: nothing is wrong with a model that keeps a layer in float within its budget.</summary>
    public static SarifRule LayerInFloat { get; } = new(
        "QTZ-layer", "Layer not in plain int8", "The search took this layer out of plain int8 to keep the model within its accuracy budget.", "Nothing has to be done. The report says what int8 is bad at there.");

    public static SarifRule Of(string code) =>
        DiagnosticCatalog.Find(code) is { } known ? new(code, known.Title, known.Explanation, known.Remedy) : new(code, code, "A diagnostic of a plug-in.", "See its message.");
}

/// <summary>One result.</summary>
/// <param name="Rule">Its kind.</param>
/// <param name="Level"><c>error</c>, <c>warning</c> or <c>note</c> (section 3.27.10).</param>
/// <param name="Message">In words.</param>
/// <param name="Position">Where; null when it is about nothing in particular.</param>
/// <param name="Layer">The layer that it is about.</param>
internal sealed record SarifResult(SarifRule Rule, string Level, string Message, SourcePosition? Position, string? Layer = null)
{
    public static SarifResult Of(Diagnostic diagnostic) => new(
        SarifRule.Of(diagnostic.Code), diagnostic.Severity switch { DiagnosticSeverity.Error => "error", DiagnosticSeverity.Warning => "warning", _ => "note" }, diagnostic.Message, diagnostic.Position);

    public static IEnumerable<SarifResult> OfLayers(RunReport report, string manifest) =>
        (report.SearchDetails?.Changed ?? []).SelectMany(group => group.Layers.Select(layer =>
            new SarifResult(SarifRule.LayerInFloat, "note", $"{layer}: {group.State} instead of int8. {group.Why}", report.Metrics.FirstOrDefault()?.BudgetPosition ?? new SourcePosition(manifest), layer)));
}
