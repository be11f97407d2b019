using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Comparison;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks;

/// <summary>Which models to compare.</summary>
public sealed record ComparisonRequest
{
    /// <summary>The model that the other is compared with.</summary>
    public required string First { get; init; }

    /// <summary>The other.</summary>
    public required string Second { get; init; }

    /// <summary>The manifest whose validation data (or, without any, calibration data) and metrics they are compared by; null for their structure alone.</summary>
    public QuantizationManifest? Data { get; init; }

    /// <summary>On how many samples outputs are compared at most. Metrics are always of all.</summary>
    public int Samples { get; init; } = 256;
}

/// <summary>Puts two models side by side: what is in them, what they answer, what they score.</summary>
public static class ComparisonPipeline
{
    /// <summary>Compares.</summary>
    /// <param name="request">What.</param>
    /// <param name="options">Store and workers; only used with data.</param>
    /// <param name="events">Told what happens, from any thread.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QuantizeException">A model or the data cannot be used, or the models do not take the same data.</exception>
    public static ComparisonReport Compare(ComparisonRequest request, RunOptions options, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var (first, second) = (ModelFile.Read(Path.GetFullPath(request.First)), ModelFile.Read(Path.GetFullPath(request.Second)));
        var report = new ComparisonReport { First = ModelStructure.Of(first), Second = ModelStructure.Of(second) };
        if (request.Data is not { } manifest)
            return report;

        var clock = new StageClock(events);
        var data = DataSource.Open(manifest.Validation ?? manifest.Calibration);
        var count = Math.Min(data.Count, request.Samples);
        clock.Enter("outputs", $"Comparing outputs on {count} of {data.Count} samples");
        var outputs = Outputs(first, second, data, count, Workers.Count(options.Workers), clock, cancellation);
        clock.Leave();
        var identity = RuntimeLibrary.Identity;
        report = report with { Samples = count, Outputs = outputs, Runtime = new RuntimeRecord(identity.Package, identity.Version, identity.Isa) };
        if (manifest.Metrics.IsEmpty)
            return report;
        var (one, other) = (EvaluationPipeline.Evaluate(first.Path, manifest, options, events, cancellation), EvaluationPipeline.Evaluate(second.Path, manifest, options, events, cancellation));
        return report with { Metrics = [.. one.Metrics.Zip(other.Metrics, (a, b) => new MetricPair(a.Name, a.HigherIsBetter, a.Value, b.Value, a.Samples))] };
    }

    private static ImmutableArray<OutputDifference> Outputs(ModelFile first, ModelFile second, IDataLoader data, int count, int workers, StageClock clock, CancellationToken cancellation)
    {
        using var one = ModelSession.Open(first.Path);
        using var other = ModelSession.Open(second.Path);
        var pairs = Pairs(one, other, second.Path);
        var sums = new OutputSums[pairs.Length];
        // A few samples at a time, added in their order: the sums are the same for any number of workers, and memory does not grow.
        for (var from = 0; from < count; from += 2 * workers)
        {
            var found = new OutputSums[Math.Min(2 * workers, count - from)][];
            Workers.For(found.Length, workers, i => found[i] = Compare(one, other, pairs, data.Load(from + i)), cancellation);
            foreach (var sample in found)
                for (var k = 0; k < sums.Length; k++)
                    sums[k] += sample[k];
            clock.Progress(from + found.Length, count);
        }
        return [.. pairs.Select((pair, k) => sums[k].Difference(pair.First, pair.Second))];
    }

    private static OutputSums[] Compare(ModelSession one, ModelSession other, ImmutableArray<(string First, string Second)> pairs, Sample sample)
    {
        var (a, b) = (one.Run(sample.Inputs), other.Run(sample.Inputs));
        return [.. pairs.Select(pair => a[pair.First].Shape.SequenceEqual(b[pair.Second].Shape)
            ? OutputSums.Of(a[pair.First], b[pair.Second])
            : throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"On the sample '{sample.Name}' the output '{pair.First}' is {a[pair.First]} in the first model and {b[pair.Second]} in the second; outputs of different shapes cannot be compared."))];
    }

    /// <summary>Outputs of the same name; by their places when no name is the same, since some converters rename them all.</summary>
    private static ImmutableArray<(string First, string Second)> Pairs(ModelSession one, ModelSession other, string path)
    {
        string[] names = [.. one.Outputs.Select(o => o.Name)], others = [.. other.Outputs.Select(o => o.Name)];
        var shared = names.Intersect(others, StringComparer.Ordinal).ToArray();
        if (shared.Length > 0)
            return [.. shared.Select(name => (name, name))];
        return names.Length == others.Length ? [.. names.Zip(others)]
            : throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The models have no outputs to compare: one has {string.Join(", ", names)}, the other {string.Join(", ", others)}.", new SourcePosition(path));
    }
}
