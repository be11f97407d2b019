using System.Collections.Immutable;
using QuantizeTasks.Locking;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Decisions in the words of a lock file.</summary>
internal static class LockedDecisions
{
    /// <summary>The state of a group that is as plain quantization leaves it.</summary>
    public const string Int8 = "int8";

    /// <summary>A decision by the names of groups and operators.</summary>
    public static LockedDecision Of(string scheme, Configuration configuration, CalibratedModel calibrated, QuantizedModelVariants variants) => new(
        scheme, variants.Groups.ToImmutableSortedDictionary(g => g.Name, g => ReportRecords.State(configuration, g), StringComparer.Ordinal),
        [.. calibrated.Placement.Layers.Select(l => l.Name).Concat(calibrated.Placement.AgnosticOperators.Select(a => a.Name)).Order(StringComparer.Ordinal)],
        calibrated.Automatic?.Preset, calibrated.Automatic?.Estimator, variants.ScalesFingerprint(configuration));

    /// <summary>In which parts two decisions differ, in words.</summary>
    public static IEnumerable<string> Differences(LockedDecision old, LockedDecision now)
    {
        foreach (var name in old.Groups.Keys.Union(now.Groups.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            if (old.Groups.GetValueOrDefault(name) != now.Groups.GetValueOrDefault(name))
                yield return $"group {name}: '{old.Groups.GetValueOrDefault(name, "nothing")}' -> '{now.Groups.GetValueOrDefault(name, "nothing")}'";
        if (old.Settings != now.Settings)
            yield return $"settings: '{old.Settings}' -> '{now.Settings}'";
        if (old.Int8.Except(now.Int8, StringComparer.Ordinal).ToArray() is { Length: > 0 } missing)
            yield return $"not chosen for int8 any more: {string.Join(", ", missing)}";
        if (now.Int8.Except(old.Int8, StringComparer.Ordinal).ToArray() is { Length: > 0 } added)
            yield return $"chosen for int8 now: {string.Join(", ", added)}";
        if ((old.Preset, old.Estimator) != (now.Preset, now.Estimator))
            yield return $"ranges: '{old.Preset} {old.Estimator}' -> '{now.Preset} {now.Estimator}'";
        if (old.Scales != now.Scales)
            yield return $"scales: '{old.Scales}' -> '{now.Scales}'";
    }

    /// <summary>A metric of a report.</summary>
    public static LockedMetric Metric(MetricRecord metric) =>
        new(metric.Name, Finite(metric.Baseline), Finite(metric.Quantized), Finite(metric.Drop), metric.DropType, metric.Budget, metric.Samples);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
