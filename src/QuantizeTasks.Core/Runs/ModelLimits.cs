using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Size and speed of an int8 model against what the manifest asks for.</summary>
/// <param name="Records">One for each that it asks for.</param>
/// <param name="Latency">What was measured for the speed; null when nobody asked for one.</param>
internal sealed record ModelLimits(ImmutableArray<LimitRecord> Records, LatencyRecord? Latency)
{
    /// <summary>Whether every bound is met.</summary>
    public bool AreMet => Records.All(r => r.WithinBudget);

    /// <param name="settings">The bounds.</param>
    /// <param name="floatBytes">Size of the float model.</param>
    /// <param name="bytes">Size of what would be published.</param>
    /// <param name="measure">Measures float against int8; only called when a speed-up is asked for.</param>
    public static ModelLimits Of(VerdictSettings settings, long floatBytes, long bytes, Func<LatencyRecord> measure)
    {
        var records = ImmutableArray.CreateBuilder<LimitRecord>();
        if (settings.MaxSizeRatio is { } size)
            records.Add(new LimitRecord("max_size_ratio", (double)bytes / floatBytes, size.Value, bytes <= size.Value * floatBytes) { BudgetPosition = size.Position });
        if (settings.MinSpeedup is not { } speed)
            return new(records.ToImmutable(), null);
        var latency = measure();
        var speedup = latency.FloatMs / latency.Int8Ms;
        records.Add(new LimitRecord("min_speedup", speedup, speed.Value, speedup >= speed.Value) { BudgetPosition = speed.Position });
        return new(records.ToImmutable(), latency);
    }
}
