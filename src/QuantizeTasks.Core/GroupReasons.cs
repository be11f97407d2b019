using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Errors;

namespace QuantizeTasks;

/// <summary>What int8 is bad at in the groups that a search changed. A few samples tell.</summary>
internal static class GroupReasons
{
    private const int Samples = 8;

    /// <param name="answer">The search's answer; only the groups that it changed are looked at.</param>
    /// <param name="calibrated">What was quantized.</param>
    /// <param name="variants">The quantized model in all its configurations.</param>
    /// <param name="settings">How it was quantized.</param>
    /// <param name="data">The validation data.</param>
    /// <param name="workers">Samples in flight at once.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <returns>A group's reasons in words.</returns>
    public static Func<QuantizerGroup, string> Of(
        Configuration answer, CalibratedModel calibrated, IModelVariants variants, CompressionSettings settings, IDataLoader data, int workers, CancellationToken cancellation)
    {
        var changed = answer.Reverted.Concat(answer.Rungs.Keys).SelectMany(id => variants.Groups[id].Layers).ToHashSet(StringComparer.Ordinal);
        var errors = Measure(changed, calibrated, variants, settings, data, workers, cancellation);
        var reasons = new LossReasons(calibrated, errors, settings.Quantization.Weights.Granularity?.Value == "pertensor");
        return group => string.Join(". ", group.Layers.Select(layer => group.Layers.Length == 1 ? reasons.Of(layer) : $"{layer}: {reasons.Of(layer)}"));
    }

    /// <summary>No errors when they cannot be measured: single layers can be cut only out of the Q/DQ form, and an explanation that is missing is no reason to fail a run whose verdict stands.</summary>
    private static LocalErrors Measure(
        HashSet<string> changed, CalibratedModel calibrated, IModelVariants variants, CompressionSettings settings, IDataLoader data, int workers, CancellationToken cancellation)
    {
        var layers = calibrated.Placement.Layers.Where(l => changed.Contains(l.Name)).ToArray();
        if (layers.Length == 0 || settings.Format != ModelFormat.Qdq)
            return new LocalErrors(0, []);
        try
        {
            return ErrorMeasurement.Measure(
                calibrated, layers, variants.Build(Configuration.FullyQuantized), data, [.. Enumerable.Range(0, Math.Min(Samples, data.Count))], workers, cancellation);
        }
        catch (QuantizeException)
        {
            return new LocalErrors(0, []);
        }
    }
}
