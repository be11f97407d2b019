using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>What the calibration samples showed of one tensor. "Sample" is one run of the model; the means are means over samples.</summary>
/// <param name="Minimum">The smallest value in any sample.</param>
/// <param name="Maximum">The largest value in any sample.</param>
/// <param name="MeanMinimum">Mean of the samples' smallest values.</param>
/// <param name="MeanMaximum">Mean of the samples' largest values.</param>
/// <param name="MeanMagnitude">Mean of the samples' largest absolute values.</param>
/// <param name="ChannelMeans">Mean of the samples' mean of each channel; empty where nothing asked for it.</param>
internal sealed record TensorStatistics(
    double Minimum, double Maximum, double MeanMinimum, double MeanMaximum, double MeanMagnitude, ImmutableArray<double> ChannelMeans)
{
    /// <inheritdoc/>
    public bool Equals(TensorStatistics? other) => other is not null
        && Minimum.Equals(other.Minimum) && Maximum.Equals(other.Maximum) && MeanMinimum.Equals(other.MeanMinimum)
        && MeanMaximum.Equals(other.MeanMaximum) && MeanMagnitude.Equals(other.MeanMagnitude) && ChannelMeans.SequenceEqual(other.ChannelMeans);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Minimum, Maximum, MeanMinimum, MeanMaximum, MeanMagnitude, ChannelMeans.Length);
}
