using System.Buffers.Binary;
using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>Passes over the manifest's calibration data whose results come from the store, or are collected and stored.</summary>
/// <param name="manifest">Names data and parameters.</param>
/// <param name="store">Where results are kept.</param>
/// <param name="workers">Threads; as many as cores when 0.</param>
/// <param name="progress">Told how many samples are done.</param>
/// <param name="cancellation">Ends a pass.</param>
/// <param name="fingerprint">Identifies the samples, when that is known already; what the store has of them is then found also where the data is not.</param>
internal sealed class CachedCalibration(QuantizationManifest manifest, ContentStore store, int workers, Action<long, long> progress, CancellationToken cancellation, string? fingerprint = null) : ICalibrationPasses
{
    private readonly DefaultQuantizationParameters _parameters = manifest.Compression.Quantization;
    private readonly int _workers = Workers.Count(workers);
    private readonly Lazy<string> _fingerprint = new(() => fingerprint ?? CalibrationData.Fingerprint(manifest));
    private IDataLoader? _opened;
    private int? _samples;
    private int _passes;
    private long _samplesRun;

    private const string StatisticsKind = "calibration statistics/3";

    /// <summary>How often the model was run on samples, and on how many altogether; what was remembered is not run.</summary>
    public (int Passes, long Samples) Effort => (_passes, _samplesRun);

    /// <inheritdoc/>
    public int Samples => _samples ??= CountSamples();

    /// <inheritdoc/>
    public CalibrationStatistics Observe(PreparedModel prepared, ImmutableArray<Observation> observations, int atMost = int.MaxValue)
    {
        using var builder = Fingerprint(StatisticsKind, prepared.Model.Serialize());
        builder.Add("inplace", _parameters.InplaceStatistics).Add("batch", _parameters.StatBatchSize?.Value ?? 1).Add("observations", observations.Length);
        foreach (var observation in observations)
            builder.Add("observation", observation.ToString());
        var parameters = _parameters;
        // How many there are is asked only where it matters: it takes the data or an entry of its own.
        if (atMost < int.MaxValue && atMost < Samples)
        {
            builder.Add("at most", atMost);
            parameters = parameters with { StatSubsetSize = new(atMost, manifest.Calibration.Position) };
        }
        var key = builder.Finish();
        if (store.TryGet(key, out var bytes) && TryRead(bytes) is { } known)
            return known;
        Count(SampleSubset.Select(Data.Count, parameters).Length);
        var statistics = Collector.Collect(prepared, observations, Data, parameters, _workers, progress, cancellation);
        Put(key, StatisticsKind, statistics.ToBytes());
        return statistics;
    }

    /// <inheritdoc/>
    public IEnumerable<IReadOnlyDictionary<string, Tensor>> Run(SerializedModel model, int count)
    {
        Count(count);
        using var session = ModelSession.Create(model, manifest.Model.Value);
        foreach (var outputs in SampleRuns.Run(session, Data, SampleSubset.Select(Data.Count, _parameters)[..count], _workers, progress, cancellation))
            yield return outputs;
    }

    /// <inheritdoc/>
    public byte[] Remember(string kind, SerializedModel model, string arguments, Func<byte[]> compute)
    {
        using var builder = Fingerprint(kind, model);
        var key = builder.Add("arguments", arguments).Finish();
        if (store.TryGet(key, out var known))
            return known;
        var computed = compute();
        Put(key, kind, computed);
        return computed;
    }

    /// <summary>The samples, identified before they are opened.</summary>
    private IDataLoader Data
    {
        get
        {
            _ = _fingerprint.Value;
            return _opened ??= CalibrationData.Open(manifest);
        }
    }

    /// <summary>Keeps what was computed, unless somebody wrote the samples meanwhile: it would be taken for what it is not.</summary>
    private void Put(string key, string kind, byte[] computed)
    {
        if (manifest.Calibration is not PluginSourceSpecification && CalibrationData.Fingerprint(manifest) != _fingerprint.Value)
            throw new QuantizeException(DiagnosticCodes.DataChanged, "The calibration data was changed while it was used, so nobody knows what was observed. Run again when it is as it shall be.", manifest.Calibration.Position);
        store.Put(key, kind, computed);
    }

    /// <summary>Remembered, because what was computed from the samples is found also where they are not.</summary>
    private int CountSamples()
    {
        const string Kind = "calibration samples/1";
        using var builder = new FingerprintBuilder(Kind).Add("data", _fingerprint.Value).Add("subset", _parameters.StatSubsetSize?.Value ?? 0);
        var key = builder.Finish();
        if (store.TryGet(key, out var known) && known.Length == sizeof(int))
            return BinaryPrimitives.ReadInt32LittleEndian(known);
        var count = SampleSubset.Select(Data.Count, _parameters).Length;
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, count);
        Put(key, Kind, bytes);
        return count;
    }

    private void Count(int samples) => (_passes, _samplesRun) = (_passes + 1, _samplesRun + samples);

    private FingerprintBuilder Fingerprint(string kind, SerializedModel model)
    {
        var runtime = RuntimeLibrary.Identity;
        return new FingerprintBuilder(kind).Add("model", model.Fingerprint)
            .Add("data", _fingerprint.Value)
            .Add("subset", _parameters.StatSubsetSize?.Value ?? 0).Add("shuffle", _parameters.ShuffleData).Add("seed", _parameters.Seed)
            .AddRuntime(runtime)
            .Add("tool", ToolVersion.Current);
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
