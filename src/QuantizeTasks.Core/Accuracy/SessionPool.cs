using System.Diagnostics;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// Sessions by the model's fingerprint, kept up to a bound: a ranking that comes back to a candidate with more samples, or a validation that goes on, does not
/// build one twice. Beyond the bound the one that was used longest ago goes first; what is in use stays.
/// </summary>
/// <param name="capacity">Bytes of models to keep sessions of.</param>
/// <param name="isa">The instruction set that the sessions compute with.</param>
internal sealed class SessionPool(long capacity, EmulatedIsa isa = EmulatedIsa.None) : IDisposable
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _clock;
    private int _built;
    private long _ticks;

    /// <summary>How many sessions were built.</summary>
    public int Built => _built;

    /// <summary>What building them took, all threads added up.</summary>
    public TimeSpan TimeBuilding => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticks));

    /// <summary>A session of a model, built when there is none. Runs of it may be concurrent. Dispose what is returned, not the session.</summary>
    public Lease Rent(EvaluatedModel model)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(model.Fingerprint, out entry))
                _entries.Add(model.Fingerprint, entry = new Entry(model.Bytes, new Lazy<IModelRunner>(() => Build(model))));
            entry.Users++;
            entry.LastUse = ++_clock;
        }
        try
        {
            return new Lease(this, entry, entry.Session.Value);
        }
        catch
        {
            Return(entry);
            lock (_gate)
                _entries.Remove(model.Fingerprint);
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values)
            entry.Close();
        _entries.Clear();
    }

    private IModelRunner Build(EvaluatedModel model)
    {
        var start = Stopwatch.GetTimestamp();
        var session = isa.Open(model.Open);
        Interlocked.Add(ref _ticks, Stopwatch.GetTimestamp() - start);
        Interlocked.Increment(ref _built);
        return session;
    }

    private void Return(Entry entry)
    {
        var closing = new List<Entry>();
        lock (_gate)
        {
            entry.Users--;
            foreach (var (fingerprint, idle) in _entries.Where(e => e.Value.Users == 0).OrderBy(e => e.Value.LastUse).ToArray())
            {
                if (_entries.Values.Sum(e => e.Bytes) <= capacity)
                    break;
                _entries.Remove(fingerprint);
                closing.Add(idle);
            }
        }
        closing.ForEach(e => e.Close());
    }

    /// <summary>The right to use a session.</summary>
    internal sealed class Lease(SessionPool pool, Entry entry, IModelRunner session) : IDisposable
    {
        public IModelRunner Session => session;

        public void Dispose() => pool.Return(entry);
    }

    internal sealed class Entry(long bytes, Lazy<IModelRunner> session)
    {
        public long Bytes => bytes;

        public Lazy<IModelRunner> Session => session;

        public int Users { get; set; }

        public long LastUse { get; set; }

        public void Close()
        {
            if (session.IsValueCreated)
                session.Value.Dispose();
        }
    }
}
