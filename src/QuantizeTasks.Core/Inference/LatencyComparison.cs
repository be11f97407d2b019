using System.Collections.Immutable;
using System.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>Median milliseconds a run of two models on the same input.</summary>
/// <param name="First">Of the first model.</param>
/// <param name="Second">Of the second model.</param>
/// <param name="Rounds">How many runs of each.</param>
internal sealed record LatencyMedians(double First, double Second, int Rounds);

/// <summary>
/// Compares the speed of models: rounds of one run each, in turn, so that what else the machine does meets all alike; medians, which single
/// disturbances do not move.
/// </summary>
internal static class LatencyComparison
{
    private const int LeastRounds = 5;

    /// <summary>Enough for a median, however small the model.</summary>
    private const int MostRounds = 1000;

    /// <summary>Measures for about <paramref name="duration"/>, but at least five rounds.</summary>
    public static LatencyMedians Measure(ModelSession first, ModelSession second, IReadOnlyDictionary<string, Tensor> inputs, TimeSpan duration, CancellationToken cancellation)
    {
        var rounds = Measure([first, second], inputs, duration, cancellation);
        return new LatencyMedians(Median(rounds[0]), Median(rounds[1]), rounds[0].Length);
    }

    /// <summary>Milliseconds of each round of each model, in turn; for about <paramref name="duration"/>, but at least five rounds and at most a thousand.</summary>
    public static ImmutableArray<ImmutableArray<double>> Measure(IReadOnlyList<ModelSession> models, IReadOnlyDictionary<string, Tensor> inputs, TimeSpan duration, CancellationToken cancellation)
    {
        foreach (var model in models)
            model.Run(inputs); // the first run of a session allocates
        var times = models.Select(_ => ImmutableArray.CreateBuilder<double>()).ToArray();
        var clock = Stopwatch.StartNew();
        while (times[0].Count < LeastRounds || (times[0].Count < MostRounds && clock.Elapsed < duration))
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < models.Count; i++)
                times[i].Add(Time(models[i], inputs));
        }
        return [.. times.Select(t => t.ToImmutable())];
    }

    /// <summary>The middle value, or the mean of the two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Time(ModelSession session, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var start = Stopwatch.GetTimestamp();
        session.Run(inputs);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
