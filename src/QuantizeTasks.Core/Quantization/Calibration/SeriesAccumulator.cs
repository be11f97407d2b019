using System.Runtime.InteropServices;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>
/// Takes one reduction sample after sample, in bounded memory. The order of the samples decides the last bits of the means, so the caller keeps it.
/// </summary>
/// <param name="keepsValues">False when only minima, maxima and means over the samples will be asked for.</param>
internal sealed class SeriesAccumulator(bool keepsValues)
{
    /// <summary>Values that are kept of one reduction, but of no fewer than <see cref="FewestSamples"/> and no more than <see cref="MostSamples"/> samples.</summary>
    private const int MostValues = 1 << 17;
    private const int FewestSamples = 512;
    private const int MostSamples = 4096;

    private readonly List<float> _kept = [];
    private double[] _minima = [];
    private double[] _maxima = [];
    private double[] _sums = [];
    private int _samples;
    private int _stride = 1;

    /// <summary>How many channels the samples so far had; 0 before the first.</summary>
    public int Channels => _sums.Length;

    /// <summary>How many numbers are held.</summary>
    public int Held => _kept.Count + (3 * Channels);

    /// <summary>Adds one sample.</summary>
    /// <param name="values">One value a channel; as many as of the samples before.</param>
    public void Add(ReadOnlySpan<float> values)
    {
        if (_samples == 0)
        {
            _sums = new double[values.Length];
            _minima = [.. Enumerable.Repeat(double.PositiveInfinity, values.Length)];
            _maxima = [.. Enumerable.Repeat(double.NegativeInfinity, values.Length)];
        }
        for (var i = 0; i < values.Length; i++)
        {
            _minima[i] = Math.Min(_minima[i], values[i]);
            _maxima[i] = Math.Max(_maxima[i], values[i]);
            _sums[i] += values[i];
        }
        if (keepsValues && _samples % _stride == 0)
            Keep(values);
        _samples++;
    }

    public SampleSeries Finish() => new(_samples, [.. _minima], [.. _maxima], [.. _sums.Select(sum => sum / _samples)], [.. _kept]);

    private void Keep(ReadOnlySpan<float> values)
    {
        var capacity = Math.Clamp(MostValues / Math.Max(1, values.Length), FewestSamples, MostSamples) & ~1;
        if (_kept.Count == capacity * values.Length)
        {
            // Every second of those that are kept goes, so that they are the samples 0, s, 2s, ... whatever their number turns out to be.
            var kept = CollectionsMarshal.AsSpan(_kept);
            for (var i = 1; 2 * i < capacity; i++)
                kept.Slice(2 * i * values.Length, values.Length).CopyTo(kept[(i * values.Length)..]);
            _kept.RemoveRange(capacity / 2 * values.Length, capacity / 2 * values.Length);
            _stride *= 2;
        }
        _kept.AddRange(values);
    }
}
