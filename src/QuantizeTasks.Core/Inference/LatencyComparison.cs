using System.Diagnostics;

namespace QuantizeTasks.Inference;

/// <summary>Median milliseconds a run of two models on the same input.</summary>
/// <param name="First">Of the first model.</param>
/// <param name="Second">Of the second model.</param>
/// <param name="Rounds">How many runs of each.</param>
internal sealed record LatencyMedians(double First, double Second, int Rounds);

/// <summary>
/// Compares the speed of two models: rounds of one run each, in turn, so that what else the machine does meets both alike; medians, which single
/// disturbances do not move.
/// </summary>
internal static class LatencyComparison
{
    private const int LeastRounds = 5;

    /// <summary>Measures for about <paramref name="duration"/>, but at least five rounds.</summary>
    public static LatencyMedians Measure(ModelSession first, ModelSession second, IReadOnlyDictionary<string, Tensor> inputs, TimeSpan duration, CancellationToken cancellation)
    {
        first.Run(inputs);
        second.Run(inputs); // the first run of a session allocates
        var (firsts, seconds) = (new List<double>(), new List<double>());
        var clock = Stopwatch.StartNew();
        while (firsts.Count < LeastRounds || clock.Elapsed < duration)
        {
            cancellation.ThrowIfCancellationRequested();
            firsts.Add(Time(first, inputs));
            seconds.Add(Time(second, inputs));
        }
        return new LatencyMedians(Median(firsts), Median(seconds), firsts.Count);
    }

    private static double Time(ModelSession session, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var start = Stopwatch.GetTimestamp();
        session.Run(inputs);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }
}
