using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>From a float model to the quantized one in all its configurations.</summary>
internal sealed class QuantizingStage(QuantizationManifest manifest, RunOptions options, ContentStore store, StageClock clock, IProgress<RunEvent> events)
{
    /// <summary>Reads the manifest's model.</summary>
    /// <exception cref="QuantizeException">It cannot be read, or is quantized already.</exception>
    public static ModelFile ReadFloatModel(QuantizationManifest manifest)
    {
        var file = ModelFile.Read(manifest.Model.Value);
        QuantizedOperators.Reject(file.Model, manifest.Model.Position);
        return file;
    }

    /// <summary>Prepares, places quantizers, calibrates and quantizes.</summary>
    /// <param name="file">The float model.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="locked">What a lock file says of it; null for nothing.</param>
    public QuantizingResult Run(ModelFile file, CancellationToken cancellation, LockedRun? locked = null)
    {
        var prepared = ModelPreparation.Prepare(file.Model);
        var (placement, decision) = new PlacementStage(manifest, store, clock, events).Run(prepared, locked?.Selection(prepared.Model.Graph), cancellation);
        cancellation.ThrowIfCancellationRequested();

        clock.Enter("calibrate", "Observing activations on the calibration data");
        // Where a lock stands in for data that is not there, there is nothing to look at.
        foreach (var warning in locked?.AbsentData is { IsEmpty: false } ? [] : CalibrationDoctor.Examine(manifest, options.Workers, cancellation))
            events.Report(new DiagnosticRaised(warning));
        var passes = new CachedCalibration(manifest, store, options.Workers, clock.Progress, cancellation, locked?.CalibrationFingerprint);
        var calibrated = DefaultQuantization.Calibrate(prepared, placement, manifest.Compression, passes, automatic: locked?.Automatic);
        foreach (var warning in calibrated.Warnings)
            events.Report(new DiagnosticRaised(warning with { Position = warning.Position ?? new SourcePosition(manifest.Path) }));

        clock.Enter("quantize", $"Quantizing {placement.Layers.Length + placement.StoredLayers.Length} layers");
        return new(calibrated, DefaultQuantization.Quantize(calibrated, manifest.Compression, passes), passes, decision,
            (variants, settings) => new RunExplanation(calibrated, variants, manifest with { Compression = settings }, passes, options.Workers, measures: !options.LockedMode, cancellation));
    }
}
