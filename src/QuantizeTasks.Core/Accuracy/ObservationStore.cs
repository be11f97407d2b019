using System.Runtime.InteropServices;
using System.Text;
using QuantizeTasks.Inference;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// What is known of every model: the contributions of samples to metrics, by everything they depend on (the model's bytes, the data, the metric's
/// definition, the float model where the metric compares with it, runtime and instruction set, version of this program).
/// </summary>
/// <param name="store">Where it lies.</param>
/// <param name="dataFingerprint">Identifies the samples.</param>
/// <param name="runtime">The runtime.</param>
/// <param name="toolVersion">The version of this program.</param>
/// <param name="isBlank">Whether to begin as if nothing were known: only what is added here is given back.</param>
internal sealed class ObservationStore(ContentStore store, string dataFingerprint, RuntimeIdentity runtime, string toolVersion, bool isBlank = false)
{
    /// <summary>The kind of its entries.</summary>
    public const string Kind = "observations/2";

    private readonly Dictionary<string, HashSet<int>> _added = [];

    /// <summary>Contributions by sample index; empty when nothing is known.</summary>
    /// <param name="model">Identifies the model.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="reference">Identifies the float model, which some metrics compare with.</param>
    public SortedDictionary<int, double[]> Load(string model, IMetric metric, string reference)
    {
        var key = Key(model, metric, reference);
        if (!store.TryGet(key, out var bytes) || TryParse(bytes) is not { } known)
            return [];
        return isBlank ? Added(key, known) : known;
    }

    /// <summary>Adds to what is known of a model and a metric, also to what another process stores at the same time.</summary>
    public void Add(string model, IMetric metric, string reference, IEnumerable<KeyValuePair<int, double[]>> contributions)
    {
        var (key, added) = (Key(model, metric, reference), contributions.ToArray());
        store.Update(key, Kind, present =>
        {
            var known = present is null ? [] : TryParse(present) ?? [];
            foreach (var (sample, values) in added)
                known[sample] = values;
            return Serialize(known);
        });
        lock (_added)
        {
            if (!_added.TryGetValue(key, out var samples))
                _added.Add(key, samples = []);
            samples.UnionWith(added.Select(a => a.Key));
        }
    }

    /// <summary>Removes all that was added to.</summary>
    public void Forget()
    {
        lock (_added)
        {
            foreach (var key in _added.Keys)
                store.Remove(key);
            _added.Clear();
        }
    }

    /// <summary>What was added here of what is known.</summary>
    private SortedDictionary<int, double[]> Added(string key, SortedDictionary<int, double[]> known)
    {
        lock (_added)
            return _added.TryGetValue(key, out var samples) ? new(known.Where(k => samples.Contains(k.Key)).ToDictionary()) : [];
    }

    /// <summary>What two stores know together. Where they contradict each other one of them is wrong, nobody knows which, and the sample is evaluated again.</summary>
    public static byte[] Merge(byte[] first, byte[] second)
    {
        if (TryParse(first) is not { } known)
            return second;
        foreach (var (sample, values) in TryParse(second) ?? [])
            if (!known.TryGetValue(sample, out var present))
                known.Add(sample, values);
            else if (!MemoryMarshal.AsBytes(present.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(values.AsSpan())))
                known.Remove(sample);
        return Serialize(known);
    }

    private string Key(string model, IMetric metric, string reference)
    {
        using var builder = new FingerprintBuilder(Kind);
        return builder.Add("model", model).Add("data", dataFingerprint).Add("metric", metric.Definition)
            .Add("reference", metric.NeedsReference ? reference : null)
            .AddRuntime(runtime)
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
