using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>Calibration statistics from the store, or collected and stored.</summary>
internal static class CachedCalibration
{
    public static CalibrationStatistics Collect(
        PreparedModel prepared, QuantizerPlacement placement, QuantizationManifest manifest, ContentStore store, int workers, Action<long, long> progress, CancellationToken cancellation)
    {
        var key = Key(prepared, placement, manifest);
        if (store.TryGet(key, out var bytes) && TryRead(bytes) is { } known)
            return known;
        var statistics = Collector.Collect(
            prepared, placement, DataSource.Open(manifest.Calibration), manifest.Compression.Quantization, Workers.Count(workers), progress, cancellation);
        store.Put(key, statistics.ToBytes());
        return statistics;
    }

    private static string Key(PreparedModel prepared, QuantizerPlacement placement, QuantizationManifest manifest)
    {
        var runtime = RuntimeLibrary.Identity;
        var parameters = manifest.Compression.Quantization;
        using var builder = new FingerprintBuilder("calibration statistics/1");
        builder.Add("model", EvaluatedModel.FingerprintOf(prepared.Model.ToBytes()))
            .Add("data", DataSource.Fingerprint(manifest.Calibration))
            .Add("subset", parameters.StatSubsetSize?.Value ?? 0).Add("shuffle", parameters.ShuffleData).Add("seed", parameters.Seed)
            .Add("runtime", runtime.Package).Add("runtime version", runtime.Version).Add("isa", runtime.Isa).Add("platform", runtime.RuntimeIdentifier)
            .Add("tool", ToolVersion.Current).Add("observations", placement.Observations.Length);
        foreach (var observation in placement.Observations)
            builder.Add("observation", observation.ToString());
        return builder.Finish();
    }

    private static CalibrationStatistics? TryRead(byte[] bytes)
    {
        try
        {
            return CalibrationStatistics.FromBytes(bytes);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
