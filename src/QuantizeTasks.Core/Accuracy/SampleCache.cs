using System.Collections.Concurrent;

namespace QuantizeTasks.Accuracy;

/// <summary>Keeps preprocessed samples in memory up to a bound, so that a small data set is decoded once and not once per configuration.</summary>
/// <param name="inner">The data set.</param>
/// <param name="capacity">How many bytes of tensors to keep; the samples that come first are kept.</param>
internal sealed class SampleCache(IDataLoader inner, long capacity) : IDataLoader
{
    private readonly ConcurrentDictionary<int, Sample> _kept = [];
    private long _free = capacity;

    public int Count => inner.Count;

    public Sample Load(int index)
    {
        if (_kept.TryGetValue(index, out var sample))
            return sample;
        sample = inner.Load(index);
        var size = Size(sample);
        if (Interlocked.Add(ref _free, -size) >= 0 && _kept.TryAdd(index, sample))
            return sample;
        Interlocked.Add(ref _free, size);
        return sample;
    }

    private static long Size(Sample sample) => sample.Inputs.Values.Sum(TensorSize.Of) + (sample.Label is { } label ? TensorSize.Of(label) : 0);
}
