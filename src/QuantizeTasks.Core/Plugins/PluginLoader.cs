using System.Runtime.CompilerServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Plugins;

/// <summary>A data set of the user's own, held to what <see cref="IDataLoader"/> says. Its samples are its identity, so one that is another the second time ends the run.</summary>
internal sealed class PluginLoader : IDataLoader
{
    private static readonly ConditionalWeakTable<PluginSourceSpecification, PluginLoader> Opened = [];

    private readonly PluginCalls _calls;
    private readonly IDataLoader _loader;
    private readonly string?[] _known;

    private PluginLoader(PluginSourceSpecification source)
    {
        _loader = PluginClass.Find<IDataLoader>(source.Loader).Create<IDataLoader>(out _calls);
        Count = _calls.Run("Count", () => _loader.Count);
        if (Count < 0)
            throw _calls.Broken($"says that it has {Count} samples");
        _known = new string?[Count];
    }

    public int Count { get; }

    /// <summary>The loader of a source: one in a process, so that what was fingerprinted is what is evaluated.</summary>
    public static PluginLoader Open(PluginSourceSpecification source) => Opened.GetValue(source, s => new PluginLoader(s));

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var sample = _calls.Run($"Load({index}), of {Count} samples,", () => _loader.Load(index)) ?? throw _calls.Broken($"gave null for sample {index} of {Count}");
        PluginSample.Check(sample, index, _calls);
        var identity = PluginSample.Fingerprint(sample);
        return Interlocked.CompareExchange(ref _known[index], identity, null) is { } before && before != identity
            ? throw _calls.Broken($"gave another sample {index} ({sample.Name}) than before. A loader gives the same sample for the same index each time, on every thread: seed what is random, and let threads share nothing that changes")
            : sample;
    }

    /// <summary>Of every sample. Reads them all.</summary>
    public string Fingerprint()
    {
        try
        {
            Parallel.For(0, Count, i => Load(i));
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<QuantizeException>().FirstOrDefault() is { } first)
        {
            throw first;
        }
        if (_calls.Run("Count", () => _loader.Count) is var count && count != Count)
            throw _calls.Broken($"says that it has {count} samples, and said {Count} before");
        using var fingerprint = new FingerprintBuilder("samples of a loader/1");
        fingerprint.Add("count", Count);
        foreach (var sample in _known)
            fingerprint.Add("sample", sample);
        return fingerprint.Finish();
    }
}
