using System.Runtime.InteropServices;
using System.Text;
using QuantizeTasks.Inference;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// What is known of every model: the contributions of samples to metrics, by everything they depend on (the model's bytes, the data, the metric's
/// definition, the float model where the metric compares with it, runtime and instruction set, version of this program). What is added is held in memory until somebody has seen that the data
/// was still the same after it was computed: a killed process leaves nothing behind that was computed from something else.
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

    private readonly Dictionary<string, HashSet<int>> _stored = [];
    private readonly Dictionary<string, SortedDictionary<int, double[]>> _held = [];

    /// <summary>Contributions by sample index; empty when nothing is known.</summary>
    /// <param name="model">Identifies the model.</param>
    /// <param name="metric">The metric.</param>
    /// <param name="reference">Identifies the float model, which some metrics compare with.</param>
    public SortedDictionary<int, double[]> Load(string model, IMetric metric, string reference)
    {
        var key = Key(model, metric, reference);
        KeyValuePair<int, double[]>[] held;
        HashSet<int> stored;
        // What is held first: if it is stored meanwhile, it is here all the same.
        lock (_held)
            (held, stored) = ([.. _held.GetValueOrDefault(key) ?? []], isBlank ? [.. _stored.GetValueOrDefault(key) ?? []] : []);
        var known = store.TryGet(key, out var bytes) && TryParse(bytes) is { } present ? present : [];
        if (isBlank)
            known = new(known.Where(k => stored.Contains(k.Key)).ToDictionary());
        foreach (var (sample, values) in held)
            known[sample] = values;
        return known;
    }

    /// <summary>Adds to what is known of a model and a metric, here and until it is confirmed.</summary>
    public void Add(string model, IMetric metric, string reference, IEnumerable<KeyValuePair<int, double[]>> contributions)
    {
        var key = Key(model, metric, reference);
        lock (_held)
        {
            if (!_held.TryGetValue(key, out var held))
                _held.Add(key, held = []);
            foreach (var (sample, values) in contributions)
                held[sample] = values;
        }
    }

    /// <summary>Stores all that was added until now, also beside what another process stores at the same time, if the data is then still what the store knows it by; forgets it otherwise.</summary>
    /// <param name="isUnchanged">Looks at the data.</param>
    /// <returns>What <paramref name="isUnchanged"/> said.</returns>
    public bool Confirm(Func<bool> isUnchanged)
    {
        lock (_held)
        {
            // Nobody adds while the lock is held, so all of it was computed before the data is looked at.
            if (!isUnchanged())
            {
                Forget();
                return false;
            }
            foreach (var (key, held) in _held)
            {
                store.Update(key, Kind, present =>
                {
                    var known = present is null ? [] : TryParse(present) ?? [];
                    foreach (var (sample, values) in held)
                        known[sample] = values;
                    return Serialize(known);
                });
                if (!_stored.TryGetValue(key, out var samples))
                    _stored.Add(key, samples = []);
                samples.UnionWith(held.Keys);
            }
            _held.Clear();
            return true;
        }
    }

    /// <summary>Removes all that was added to: what was confirmed before was computed from the same files, which tell less of their past than one would like.</summary>
    private void Forget()
    {
        foreach (var key in _stored.Keys)
            store.Remove(key);
        _stored.Clear();
        _held.Clear();
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
