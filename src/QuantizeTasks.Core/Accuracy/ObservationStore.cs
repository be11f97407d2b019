using System.Text;
using QuantizeTasks.Inference;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// What is known of every model: the contributions of samples to metrics, by everything they depend on (the model's bytes, the data, the metric's
/// definition, runtime and instruction set, version of this program).
/// </summary>
internal sealed class ObservationStore(ContentStore store, string dataFingerprint, RuntimeIdentity runtime, string toolVersion)
{
    /// <summary>Contributions by sample index; empty when nothing is known.</summary>
    public SortedDictionary<int, double[]> Load(string modelFingerprint, IMetric metric) =>
        store.TryGet(Key(modelFingerprint, metric), out var bytes) && TryParse(bytes) is { } known ? known : [];

    /// <summary>Adds to what is known of a model and a metric, also to what another process stored meanwhile.</summary>
    public void Add(string modelFingerprint, IMetric metric, IEnumerable<KeyValuePair<int, double[]>> contributions)
    {
        var known = Load(modelFingerprint, metric);
        foreach (var (sample, values) in contributions)
            known[sample] = values;
        store.Put(Key(modelFingerprint, metric), Serialize(known));
    }

    private string Key(string modelFingerprint, IMetric metric)
    {
        using var builder = new FingerprintBuilder("observations/1");
        return builder.Add("model", modelFingerprint).Add("data", dataFingerprint).Add("metric", metric.Definition)
            .Add("runtime", runtime.Package).Add("runtime version", runtime.Version).Add("isa", runtime.Isa).Add("platform", runtime.RuntimeIdentifier)
            .Add("tool", toolVersion).Finish();
    }

    private static byte[] Serialize(SortedDictionary<int, double[]> contributions)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(contributions.Count);
            foreach (var (sample, values) in contributions)
            {
                writer.Write(sample);
                writer.Write(values.Length);
                foreach (var value in values)
                    writer.Write(value);
            }
        }
        return stream.ToArray();
    }

    /// <summary>Null when the bytes are not exactly what <see cref="Serialize"/> writes.</summary>
    private static SortedDictionary<int, double[]>? TryParse(byte[] bytes)
    {
        var result = new SortedDictionary<int, double[]>();
        using var reader = new BinaryReader(new MemoryStream(bytes));
        try
        {
            var count = reader.ReadInt32();
            for (var i = 0; i < count; i++)
            {
                var sample = reader.ReadInt32();
                var length = reader.ReadInt32();
                if (length < 0 || (long)length * sizeof(double) > reader.BaseStream.Length - reader.BaseStream.Position)
                    return null;
                var values = new double[length];
                for (var j = 0; j < length; j++)
                    values[j] = reader.ReadDouble();
                if (!result.TryAdd(sample, values))
                    return null;
            }
            return reader.BaseStream.Position == reader.BaseStream.Length ? result : null;
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }
}
