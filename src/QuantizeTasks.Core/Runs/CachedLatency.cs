using System.Globalization;
using System.Text.Json;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Inference;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>
/// How fast a published model is, for information: measured once for a pair of models on a kind of processor. A bound on speed is not for information, and is always measured.
/// </summary>
internal sealed class CachedLatency(RunContext run)
{
    private const string Kind = "latency/1";

    /// <param name="output">The published model.</param>
    /// <param name="data">Of which the first sample is run.</param>
    public LatencyRecord Of(OutputRecord output, IDataLoader data)
    {
        var key = Key(output, data.Load(0));
        if (run.Options.Verify != VerifyMode.Always && run.Store.TryGet(key, out var bytes) && TryRead(bytes) is { } known)
            return known;
        var measured = run.MeasureLatency(data, ModelSession.Open(output.Path));
        run.Store.Put(key, Kind, JsonSerializer.SerializeToUtf8Bytes(measured));
        return measured;
    }

    private string Key(OutputRecord output, Sample sample)
    {
        using var builder = new FingerprintBuilder(Kind);
        builder.Add("float", run.File.Fingerprint).Add("int8", output.Sha256).Add("threads", SessionSettings.Default.Threads);
        foreach (var (input, tensor) in sample.Inputs.OrderBy(i => i.Key, StringComparer.Ordinal))
            builder.Add("input", input).Add("shape", string.Join(',', tensor.Shape.Select(extent => extent.ToString(CultureInfo.InvariantCulture))));
        return builder.AddRuntime(RuntimeLibrary.Identity).Add("processor", Processor.Name).Add("tool", ToolVersion.Current).Finish();
    }

    private static LatencyRecord? TryRead(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<LatencyRecord>(bytes) is { FloatMs: > 0, Int8Ms: > 0, Ratio: > 0 } known ? known : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
