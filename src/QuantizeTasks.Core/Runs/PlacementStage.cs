using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>Decides what runs in int8, and tells what the user should know about that.</summary>
internal sealed class PlacementStage(QuantizationManifest manifest, ContentStore store, StageClock clock, IProgress<RunEvent> events)
{
    /// <param name="prepared">The float model.</param>
    /// <param name="locked">What a lock file has to be int8 with <c>prefer: measured</c>; null to measure.</param>
    /// <param name="cancellation">Ends measuring.</param>
    /// <returns>The placement, and the measurement that decided it with <c>prefer: measured</c>.</returns>
    /// <exception cref="QuantizeException">Nothing in the model can be int8.</exception>
    public (QuantizerPlacement Placement, MeasuredDecision? Decision) Run(PreparedModel prepared, ImmutableHashSet<string>? locked, CancellationToken cancellation)
    {
        var decision = locked is null ? Decide(prepared, cancellation) : null;
        var placement = QuantizerPlacement.Place(prepared, manifest.Compression, locked ?? decision?.Int8.ToImmutableHashSet(StringComparer.Ordinal), decision?.Costs);
        if (placement.PaysNowhere)
            Warn(DiagnosticCodes.Int8NotFaster, PaysNowhere(decision), manifest.Model.Position);
        else if (placement.Groups.IsEmpty)
            throw NothingToQuantize(placement);
        else if (decision is { IsFaster: false })
            Warn(DiagnosticCodes.Int8NotFaster, string.Create(CultureInfo.InvariantCulture,
                $"int8 is not measurably faster than float on this machine: {decision.FloatMs:F2} ms a run in float, {decision.Int8Ms:F2} ms in int8."), manifest.Model.Position);
        foreach (var warning in QuantizerChoices.Of(placement, manifest.Compression).Warnings.Append(HalfRangeLayers.Warning(prepared.Model.Graph, manifest.Compression)).OfType<Diagnostic>())
            events.Report(new DiagnosticRaised(warning));
        return (placement, decision);
    }

    private MeasuredDecision? Decide(PreparedModel prepared, CancellationToken cancellation)
    {
        if (manifest.Compression.Prefer != Preference.Measured)
            return null;
        clock.Enter("measure", "Measuring what int8 gains on this machine");
        return new MeasuredSelection(manifest, store, cancellation).Decide(prepared);
    }

    private string PaysNowhere(MeasuredDecision? decision) =>
        $"int8 pays nowhere in '{manifest.Model.Value}' {(decision is null ? $"by the costs of the device '{manifest.Compression.TargetDevice.Value}'" : "as measured on this machine")}: "
        + "the published model is in float, and the report has the reason for each operator. 'prefer: size' quantizes it all the same.";

    private void Warn(string code, string message, SourcePosition? position) =>
        events.Report(new DiagnosticRaised(new Diagnostic(code, DiagnosticSeverity.Warning, message, position)));

    private QuantizeException NothingToQuantize(QuantizerPlacement placement)
    {
        var reasons = string.Join(" ", placement.FloatReasons.GroupBy(r => r.Value, StringComparer.Ordinal)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(3).Select(g => $"{g.Count()} operators: {g.Key}."));
        return new QuantizeException(DiagnosticCodes.NothingToQuantize, $"No operator of '{manifest.Model.Value}' can be int8. {reasons}", manifest.Model.Position);
    }
}
