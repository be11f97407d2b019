using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Reduces one tensor's samples one after the other, in constant memory. The order of the samples decides the last bits, so the caller keeps it.</summary>
internal sealed class StatisticsAccumulator
{
    private double _minimum = double.PositiveInfinity;
    private double _maximum = double.NegativeInfinity;
    private double _sumOfMinima;
    private double _sumOfMaxima;
    private double _sumOfMagnitudes;
    private double[] _sumsOfMeans = [];
    private int _samples;

    /// <summary>Adds one sample: its smallest and largest value, and the mean of each channel.</summary>
    public void Add(float minimum, float maximum, ReadOnlySpan<float> channelMeans)
    {
        _minimum = Math.Min(_minimum, minimum);
        _maximum = Math.Max(_maximum, maximum);
        _sumOfMinima += minimum;
        _sumOfMaxima += maximum;
        _sumOfMagnitudes += Math.Max(Math.Abs((double)minimum), Math.Abs((double)maximum));
        if (_samples++ == 0)
            _sumsOfMeans = new double[channelMeans.Length];
        for (var i = 0; i < _sumsOfMeans.Length; i++)
            _sumsOfMeans[i] += channelMeans[i];
    }

    public TensorStatistics Finish() => new(
        _minimum, _maximum, _sumOfMinima / _samples, _sumOfMaxima / _samples, _sumOfMagnitudes / _samples,
        [.. _sumsOfMeans.Select(sum => sum / _samples)]);
}
