using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>Passes over the manifest's calibration data whose results come from the store, or are collected and stored.</summary>
internal sealed class CachedCalibration(QuantizationManifest manifest, ContentStore store, int workers, Action<long, long> progress, CancellationToken cancellation) : ICalibrationPasses
{
    private readonly DefaultQuantizationParameters _parameters = manifest.Compression.Quantization;
    private readonly Lazy<string> _data = new(() => DataSource.Fingerprint(manifest.Calibration));

    /// <inheritdoc/>
    public CalibrationStatistics Observe(PreparedModel prepared, ImmutableArray<Observation> observations)
    {
        var key = Key(prepared, observations);
        if (store.TryGet(key, out var bytes) && TryRead(bytes) is { } known)
            return known;
        var statistics = Collector.Collect(prepared, observations, DataSource.Open(manifest.Calibration), _parameters, Workers.Count(workers), progress, cancellation);
        store.Put(key, statistics.ToBytes());
        return statistics;
    }

    private string Key(PreparedModel prepared, ImmutableArray<Observation> observations)
    {
        var runtime = RuntimeLibrary.Identity;
        using var builder = new FingerprintBuilder("calibration statistics/1");
        builder.Add("model", EvaluatedModel.FingerprintOf(prepared.Model.ToBytes()))
            .Add("data", _data.Value)
            .Add("subset", _parameters.StatSubsetSize?.Value ?? 0).Add("shuffle", _parameters.ShuffleData).Add("seed", _parameters.Seed)
            .Add("runtime", runtime.Package).Add("runtime version", runtime.Version).Add("isa", runtime.Isa).Add("platform", runtime.RuntimeIdentifier)
            .Add("tool", ToolVersion.Current).Add("observations", observations.Length);
        foreach (var observation in observations)
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
