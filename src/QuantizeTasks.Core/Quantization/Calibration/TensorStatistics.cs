using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>What the calibration samples showed of one tensor. A "sample" is one sample even where the model was run on several at once.</summary>
/// <param name="Series">Every reduction that was asked for.</param>
/// <param name="Histogram">The values of all samples; null when nothing asked for it.</param>
internal sealed record TensorStatistics(ImmutableSortedDictionary<Reduction, SampleSeries> Series, Histogram? Histogram = null)
{
    /// <summary>The smallest value in any sample.</summary>
    public double Minimum => this[Reduction.Minimum].Minima[0];

    /// <summary>The largest value in any sample.</summary>
    public double Maximum => this[Reduction.Maximum].Maxima[0];

    /// <summary>One reduction over the samples.</summary>
    /// <exception cref="QuantizeException">It was not asked for.</exception>
    public SampleSeries this[Reduction reduction] => Series.TryGetValue(reduction, out var series) ? series
        : throw new QuantizeException(DiagnosticCodes.InternalError, $"The calibration statistics have no {reduction}; they were collected for other settings.");

    /// <summary>Mean over samples of the samples' mean of each channel; empty when nothing asked for it.</summary>
    public ImmutableArray<double> ChannelMeans(int axis) => Series.TryGetValue(Reduction.Mean.Along(axis), out var means) ? means.Means : [];

    /// <inheritdoc/>
    public bool Equals(TensorStatistics? other) => other is not null && Equals(Histogram, other.Histogram) && Series.SequenceEqual(other.Series);

    /// <inheritdoc/>
    public override int GetHashCode() => Series.Count;
}
