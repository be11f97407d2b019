using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Errors;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>What to inspect.</summary>
public sealed record InspectionRequest
{
    /// <summary>The float model's path.</summary>
    public required string Model { get; init; }

    /// <summary>Device, presets, ignored scopes and the like; the defaults when null.</summary>
    public CompressionSettings? Compression { get; init; }

    /// <summary>The manifest whose calibration data ranges, errors and latency are measured with; null for placeholder ranges and no measurement.</summary>
    public QuantizationManifest? Data { get; init; }

    /// <summary>The content-addressed store; only used with data.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>How many bytes the store may hold.</summary>
    public long CacheLimit { get; init; } = Cache.DefaultLimit;

    /// <summary>Samples at once; the number of cores when 0.</summary>
    public int Workers { get; init; }
}

/// <summary>Says what quantization does to a model: which operators become int8 and why, which kernels run, what int8 costs, what is slow.</summary>
public static class InspectionPipeline
{
    /// <summary>Samples that errors and saturation are measured with.</summary>
    private const int MostSamples = 16;

    private static readonly TimeSpan LatencyDuration = TimeSpan.FromSeconds(2);

    /// <summary>Quantizes the model as a run would, without search and without writing it, and explains the result.</summary>
    /// <param name="request">What to inspect.</param>
    /// <param name="events">Told what happens.</param>
    /// <param name="cancellation">Ends the inspection.</param>
    /// <exception cref="QuantizeException">The model or the data cannot be used.</exception>
    public static InspectionReport Inspect(InspectionRequest request, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var settings = request.Data?.Compression ?? request.Compression ?? Defaults;
        var clock = new StageClock(events);
        clock.Enter("prepare", $"Preparing {Path.GetFileName(request.Model)}");
        var file = ModelFile.Read(Path.GetFullPath(request.Model));
        QuantizedOperators.Reject(file.Model);
        var prepared = ModelPreparation.Prepare(file.Model);
        var placement = QuantizerPlacement.Place(prepared, settings);
        var identity = RuntimeLibrary.Identity;
        var report = new InspectionReport
        {
            Model = file.Path, Sha256 = file.Sha256, Opset = file.Model.Opset, Runtime = new RuntimeRecord(identity.Package, identity.Version, identity.Isa), Samples = 0, Operators = [], Warnings = [],
        };
        if (placement.Groups.IsEmpty)
        {
            var unchanged = new CalibratedModel(prepared, placement, new(0, ImmutableSortedDictionary<string, TensorStatistics>.Empty), []);
            return report with { Operators = new Explanation(unchanged, null).Operators(null, null) };
        }

        clock.Enter("calibrate", request.Data is null ? "Running the model on placeholder inputs" : "Observing activations on the calibration data");
        ICalibrationPasses passes = request.Data is { } manifest
            ? new CachedCalibration(manifest, new ContentStore(request.CacheDirectory, request.CacheLimit), request.Workers, clock.Progress, cancellation)
            : new PlaceholderPasses(new PlaceholderSamples(prepared.Model), settings.Quantization, cancellation);
        var calibrated = DefaultQuantization.Calibrate(prepared, placement, settings, passes);
        var quantized = DefaultQuantization.Quantize(calibrated, settings, passes).Build(Configuration.FullyQuantized);
        // In Q/DQ form the layers can be taken apart; the other form computes the same.
        var separable = settings.Format == ModelFormat.Qdq ? quantized : DefaultQuantization.Quantize(calibrated, settings with { Format = ModelFormat.Qdq }, passes).Build(Configuration.FullyQuantized);
        var explanation = new Explanation(calibrated, quantized, separable);
        if (request.Data is null)
        {
            clock.Leave();
            return report with { Operators = explanation.Operators(null, null), Warnings = [.. explanation.SlowSpots(), .. ForSize(placement), .. AboutTheMachine(settings, identity)] };
        }
        var measured = Measure(request, file, calibrated, quantized, separable, clock, cancellation);
        clock.Leave();
        return report with
        {
            Samples = measured.Errors.Samples,
            Operators = explanation.Operators(measured.Errors, measured.Saturation),
            Latency = measured.Latency,
            Warnings = [.. explanation.SlowSpots(), .. ForSize(placement), .. AboutTheMachine(settings, identity), .. NotFaster(measured.Latency)],
        };
    }

    private static (LocalErrors Errors, ImmutableArray<SaturationRecord> Saturation, LatencyRecord Latency) Measure(
        InspectionRequest request, ModelFile file, CalibratedModel calibrated, SerializedModel quantized, SerializedModel separable, StageClock clock, CancellationToken cancellation)
    {
        var data = DataSource.Open(request.Data!.Calibration);
        int[] samples = [.. SampleSubset.Select(data.Count, request.Data.Compression.Quantization).Take(MostSamples)];
        var workers = Workers.Count(request.Workers);
        clock.Enter("errors", $"Measuring the error of every layer on {samples.Length} samples");
        var errors = ErrorMeasurement.Measure(calibrated, calibrated.Placement.Layers, separable, data, samples, workers, cancellation);
        var saturation = SaturationMeasurement.Measure(s => ModelSession.Create(quantized, file.Path, s), data, workers, cancellation, samples.Length);
        clock.Enter("latency", "Comparing float and int8 latency");
        using var original = ModelSession.Open(file.Path);
        using var integer = ModelSession.Create(quantized, file.Path);
        var medians = LatencyComparison.Measure(original, integer, data.Load(samples[0]).Inputs, LatencyDuration, cancellation);
        return (errors, saturation, new LatencyRecord(medians.First, medians.Second, medians.Second / medians.First, SessionSettings.Default.Threads));
    }

    private static IEnumerable<InspectionWarning> ForSize(QuantizerPlacement placement) => placement.SizeReason is { } reason ? [new("for-size", null, reason)] : [];

    private static IEnumerable<InspectionWarning> AboutTheMachine(CompressionSettings settings, RuntimeIdentity identity)
    {
        if (identity.ProductsSaturate)
            yield return new("no-vnni", null, $"This machine ({identity.Isa}) has no VNNI instructions: int8 is slower than it can be, and sums of two products saturate at 16 bits. Accuracy that is measured here holds for machines like it; `saturation_fix: all` rules saturation out.");
        else if (DeviceCatalogue.Find(settings.TargetDevice).ProductsSaturate)
            yield return new("saturation", null, $"On the target device '{settings.TargetDevice.Value}' sums of two int8 products saturate at 16 bits, and on this machine ({identity.Isa}) they do not. `run` and `evaluate` compute as the device does with --emulate-isa avx2.");
    }

    private static IEnumerable<InspectionWarning> NotFaster(LatencyRecord latency)
    {
        if (latency.Ratio >= 1)
            yield return new("not-faster", null,
                $"int8 is not faster than float on this machine: {latency.Int8Ms.ToString("0.00", CultureInfo.InvariantCulture)} ms against {latency.FloatMs.ToString("0.00", CultureInfo.InvariantCulture)} ms a run. The slow spots above are where to begin.");
    }

    private static CompressionSettings Defaults => new()
    {
        TargetDevice = new Located<string>("ANY", default),
        IsAccuracyAware = false,
        Quantization = new DefaultQuantizationParameters(),
        Accuracy = new AccuracyAwareParameters(),
    };
}
