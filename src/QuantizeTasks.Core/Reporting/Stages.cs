namespace QuantizeTasks.Reporting;

/// <summary>The timings of a run by stage.</summary>
internal static class Stages
{
    /// <summary>Seconds per stage in the order in which the stages first ran. A stage may run more than once, and a name may stand only once in a JSON object.</summary>
    public static IEnumerable<(string Stage, double Seconds)> Total(IEnumerable<StageTiming> timings) =>
        timings.GroupBy(t => t.Stage, StringComparer.Ordinal).Select(g => (g.Key, g.Sum(t => t.Seconds)));
}
