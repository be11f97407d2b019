using System.Diagnostics;
using System.Globalization;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Benchmarks;

/// <summary>
/// The latency of models against the first of them, in interleaved rounds: the ratio of medians, and the ratio of the fastest tenth, which a machine that does other things besides
/// disturbs less.
/// </summary>
internal static class LatencyTable
{
    private const int Rounds = 200;

    public static int Print(string[] models, TextWriter output)
    {
        var sessions = models.Select(m => ModelSession.Open(m)).ToList();
        var inputs = RandomInputs.For(sessions[0]);
        var times = sessions.Select(_ => new List<double>()).ToList();
        for (var round = 0; round < Rounds + 1; round++)
            for (var i = 0; i < sessions.Count; i++)
            {
                var start = Stopwatch.GetTimestamp();
                sessions[i].Run(inputs);
                if (round > 0)
                    times[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        times.ForEach(t => t.Sort());
        for (var i = 0; i < models.Length; i++)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{times[i][Rounds / 2] / times[0][Rounds / 2]:F3} ({times[i][Rounds / 10] / times[0][Rounds / 10]:F3})  {times[i][Rounds / 2]:F3} ms ({times[i][Rounds / 10]:F3}): {models[i]}"));
        sessions.ForEach(s => s.Dispose());
        return 0;
    }
}
