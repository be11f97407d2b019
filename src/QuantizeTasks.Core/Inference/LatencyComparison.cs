using System.Collections.Immutable;
using System.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>Median milliseconds a run of two models on the same input.</summary>
/// <param name="First">Of the first model.</param>
/// <param name="Second">Of the second model.</param>
/// <param name="Rounds">How many rounds there were.</param>
internal sealed record LatencyMedians(double First, double Second, int Rounds);

/// <summary>
/// Compares the speed of models in rounds: in each the models take turns, so that what else the machine does meets all alike, and each runs several times in a row, as in an app, which
/// runs one model. The first of these runs finds the caches full of the other model and does not count: it made a small model beside a large one look slower than it is (MobileNetV2 0.49 instead of
/// 0.44 of float). Medians, which single disturbances do not move.
/// </summary>
internal static class LatencyComparison
{
    private const int LeastRounds = 5;

    /// <summary>Enough for a median, however small the model.</summary>
    private const int MostRounds = 1000;

    private const int MostRunsInARow = 9;

    /// <summary>How long a model may have its turn, if one run that counts is not longer: short beside what disturbs a machine for a while, and long beside filling its caches.</summary>
    private const double TurnMilliseconds = 50;

    /// <summary>Measures for about <paramref name="duration"/>, but at least five rounds.</summary>
    public static LatencyMedians Measure(ModelSession first, ModelSession second, IReadOnlyDictionary<string, Tensor> inputs, TimeSpan duration, CancellationToken cancellation)
    {
        var rounds = Measure([first, second], inputs, duration, cancellation);
        return new LatencyMedians(Median(rounds[0]), Median(rounds[1]), rounds[0].Length);
    }

    /// <summary>Milliseconds a run of each model in each round; for about <paramref name="duration"/>, but at least five rounds and at most a thousand.</summary>
    public static ImmutableArray<ImmutableArray<double>> Measure(IReadOnlyList<ModelSession> models, IReadOnlyDictionary<string, Tensor> inputs, TimeSpan duration, CancellationToken cancellation) =>
        Measure([.. models.Select<ModelSession, Action>(model => () => model.Run(inputs))], duration, cancellation);

    /// <summary>As for models, for anything that can be run.</summary>
    internal static ImmutableArray<ImmutableArray<double>> Measure(ImmutableArray<Action> runs, TimeSpan duration, CancellationToken cancellation)
    {
        foreach (var run in runs)
            run(); // the first run of a session allocates
        var counted = (int)Math.Clamp(TurnMilliseconds / runs.Max(Time), 1, MostRunsInARow);
        var times = runs.Select(_ => ImmutableArray.CreateBuilder<double>()).ToArray();
        var clock = Stopwatch.StartNew();
        while (times[0].Count < LeastRounds || (times[0].Count < MostRounds && clock.Elapsed < duration))
            for (var i = 0; i < runs.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                runs[i]();
                times[i].Add(Median(Enumerable.Range(0, counted).Select(_ => Time(runs[i]))));
            }
        return [.. times.Select(t => t.ToImmutable())];
    }

    /// <summary>The middle value, or the mean of the two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Time(Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
