using QuantizeTasks.Accuracy;
using QuantizeTasks.Comparison;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks;

/// <summary>Which models to time.</summary>
public sealed record BenchmarkRequest
{
    /// <summary>The model that the other is compared with, usually the float one.</summary>
    public required string First { get; init; }

    /// <summary>The other.</summary>
    public required string Second { get; init; }

    /// <summary>The manifest whose first calibration sample they run on; null for made-up inputs, with extents of 1 where the model leaves them open.</summary>
    public QuantizationManifest? Data { get; init; }

    /// <summary>About how long to measure.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Threads of each session.</summary>
    public int Threads { get; init; } = 1;
}

/// <summary>Compares the speed of two models.</summary>
public static class BenchmarkPipeline
{
    /// <summary>Runs both in turn on the same input, a few runs each, so that what else the machine does meets both.</summary>
    /// <param name="request">What.</param>
    /// <param name="events">Told what happens.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QuantizeException">A model or the data cannot be used.</exception>
    public static LatencyReport Compare(BenchmarkRequest request, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var clock = new StageClock(events);
        clock.Enter("prepare", "Loading the models");
        var (first, second) = (ModelFile.Read(Path.GetFullPath(request.First)), ModelFile.Read(Path.GetFullPath(request.Second)));
        IDataLoader data = request.Data is { } manifest ? DataSource.Open(manifest.Calibration) : new PlaceholderSamples(first.Model);
        var settings = SessionSettings.Default with { Threads = request.Threads };
        using var one = ModelSession.Open(first.Path, settings);
        using var other = ModelSession.Open(second.Path, settings);
        var sample = data.Load(0);
        clock.Enter("latency", FormattableString.Invariant($"Running both in turn for {request.Duration.TotalSeconds:0.#} s"));
        var rounds = LatencyComparison.Measure([one, other], sample.Inputs, request.Duration, cancellation);
        clock.Leave();
        var identity = RuntimeLibrary.Identity;
        return new LatencyReport
        {
            First = ModelLatency.Of(first.Path, first.Bytes, rounds[0]),
            Second = ModelLatency.Of(second.Path, second.Bytes, rounds[1]),
            Ratio = RatioEstimate.Of(rounds[0], rounds[1]),
            Rounds = rounds[0].Length,
            Threads = request.Threads,
            Sample = sample.Name,
            Runtime = new RuntimeRecord(identity.Package, identity.Version, identity.Isa),
        };
    }
}
