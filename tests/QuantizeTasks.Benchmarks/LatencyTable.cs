using System.Globalization;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Benchmarks;

/// <summary>
/// The latency of models against the first of them, measured in turn: the ratio of medians, and the ratio of the fastest tenth, which a machine that does other things besides
/// disturbs less.
/// </summary>
internal static class LatencyTable
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);

    public static int Print(string[] models, TextWriter output)
    {
        var sessions = models.Select(m => ModelSession.Open(m)).ToList();
        double[][] times = [.. LatencyComparison.Measure(sessions, RandomInputs.For(sessions[0]), Duration, CancellationToken.None).Select(t => t.Order().ToArray())];
        for (var i = 0; i < models.Length; i++)
        {
            var (median, tenth) = (LatencyComparison.Median(times[i]), times[i][times[i].Length / 10]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{median / LatencyComparison.Median(times[0]):F3} ({tenth / times[0][times[0].Length / 10]:F3})  {median:F3} ms ({tenth:F3}), {times[i].Length} rounds: {models[i]}"));
        }
        sessions.ForEach(s => s.Dispose());
        return 0;
    }
}
