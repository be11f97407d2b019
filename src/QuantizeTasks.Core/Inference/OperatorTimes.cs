using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Inference;

/// <summary>What one operator took in each run of a model.</summary>
/// <param name="Name">The name that the runtime gives it; mostly that of the operator it was made from.</param>
/// <param name="OperatorType">The operator that really ran, such as <c>QLinearConv</c>.</param>
/// <param name="Microseconds">For each run in turn.</param>
internal sealed record OperatorTime(string Name, string OperatorType, ImmutableArray<double> Microseconds)
{
    /// <summary>The mean of the middle half of the runs, which single disturbances do not move and which, unlike the median, is finer than the profiler's microseconds.</summary>
    public double Typical
    {
        get
        {
            var sorted = Microseconds.Order().ToArray();
            return sorted[(sorted.Length / 4)..(sorted.Length - (sorted.Length / 4))].Average();
        }
    }
}

/// <summary>
/// Measures each operator of several models with the runtime's profiler. The models take turns, so that what else the machine does meets all alike, of some runs each, so that few of them find
/// the caches full of another model.
/// </summary>
internal static class OperatorTimes
{
    /// <summary>The profiler drops what is less than a microsecond; that is half of one on average.</summary>
    private const double Dropped = 0.5;

    /// <summary>One of five is not among the middle half.</summary>
    private const int RunsInARow = 5;

    private const int LeastRuns = 10;

    /// <summary>Events that the profiler keeps at most are a million; a run of a large model makes thousands.</summary>
    private const int MostRuns = 200;

    /// <summary>Runs for about <paramref name="duration"/>. The result has the operators of each model in the order in which they ran.</summary>
    public static ImmutableArray<ImmutableArray<OperatorTime>> Measure(
        IReadOnlyList<(SerializedModel Model, string Name)> models, IReadOnlyDictionary<string, Tensor> inputs, TimeSpan duration, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("quantize-profile-");
        try
        {
            var sessions = new List<ModelSession>();
            try
            {
                foreach (var (model, name) in models)
                    sessions.Add(ModelSession.Create(model, name, SessionSettings.Default with { ProfilePrefix = Path.Combine(folder.FullName, $"{sessions.Count}") }));
                foreach (var session in sessions)
                    session.Run(inputs); // the first run of a session allocates
                var clock = Stopwatch.StartNew();
                for (var runs = 0; runs < MostRuns && (runs < LeastRuns || clock.Elapsed < duration); runs += RunsInARow)
                    foreach (var session in sessions)
                        for (var i = 0; i < RunsInARow; i++)
                        {
                            cancellation.ThrowIfCancellationRequested();
                            session.Run(inputs);
                        }
                return [.. sessions.Select(s => Read(File.ReadAllBytes(s.EndProfiling())))];
            }
            finally
            {
                sessions.ForEach(s => s.Dispose());
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ImmutableArray<OperatorTime> Read(ReadOnlyMemory<byte> profile)
    {
        using var document = JsonDocument.Parse(profile, new JsonDocumentOptions { AllowTrailingCommas = true });
        return [.. document.RootElement.EnumerateArray()
            .Where(e => e.TryGetProperty("cat", out var category) && category.ValueEquals("Node") && e.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal))
            .Select(e => (Index: e.GetProperty("args").GetProperty("node_index").GetString()!, Event: e))
            .GroupBy(e => e.Index, StringComparer.Ordinal)
            .Select(node => new OperatorTime(
                node.First().Event.GetProperty("name").GetString()![..^"_kernel_time".Length],
                node.First().Event.GetProperty("args").GetProperty("op_name").GetString()!,
                [.. node.Skip(1).Select(e => e.Event.GetProperty("dur").GetInt64() + Dropped)]))];
    }
}
