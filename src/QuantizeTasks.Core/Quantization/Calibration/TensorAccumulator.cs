using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Collects all that is observed of one tensor, in bounded memory.</summary>
internal sealed class TensorAccumulator(Observation observation)
{
    private readonly ImmutableArray<SeriesAccumulator> _series = [.. observation.Reductions.Select(r => new SeriesAccumulator(keepsValues: r.Kind != ReductionKind.Mean))];

    /// <summary>What is collected.</summary>
    public Observation Observation => observation;

    /// <summary>Takes the values of all samples, in any order; null when no histogram is asked for.</summary>
    public HistogramAccumulator? Histogram { get; } = observation.HasHistogram ? new() : null;

    /// <summary>How many numbers are held.</summary>
    public int Held => _series.Sum(series => series.Held) + (Histogram is null ? 0 : HistogramAccumulator.Bins);

    /// <summary>Adds one sample.</summary>
    /// <param name="sample">What the data calls it.</param>
    /// <param name="values">One value, or one a channel, for each reduction of the observation.</param>
    /// <exception cref="QuantizeException">The sample has another number of channels than those before.</exception>
    public void Add(string sample, float[][] values)
    {
        for (var i = 0; i < _series.Length; i++)
        {
            if (_series[i].Channels is not 0 and var channels && channels != values[i].Length)
                throw new QuantizeException(DiagnosticCodes.ShapeMismatch,
                    $"On the calibration sample '{sample}' the tensor '{observation.Tensor}' has {values[i].Length} channels along axis {observation.Reductions[i].Axis}, on the samples before it {channels}.");
            _series[i].Add(values[i]);
        }
    }

    public TensorStatistics Finish() => new(observation.Reductions.Zip(_series).ToImmutableSortedDictionary(pair => pair.First, pair => pair.Second.Finish()), Histogram?.Finish());
}
