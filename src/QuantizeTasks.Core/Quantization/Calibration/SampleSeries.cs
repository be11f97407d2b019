using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>One reduction of one tensor over the calibration samples: a number, or one for each channel, a sample.</summary>
/// <param name="Samples">How many samples there were.</param>
/// <param name="Minima">The smallest of the samples' values, one a channel.</param>
/// <param name="Maxima">The largest of the samples' values, one a channel.</param>
/// <param name="Means">The mean of the samples' values, one a channel.</param>
/// <param name="Kept">
/// The values themselves, sample after sample: of all samples up to a limit, beyond it of every second, fourth, ... sample, so that memory is bounded. Empty for a <see cref="ReductionKind.Mean"/>.
/// </param>
internal sealed record SampleSeries(int Samples, ImmutableArray<double> Minima, ImmutableArray<double> Maxima, ImmutableArray<double> Means, ImmutableArray<float> Kept)
{
    /// <summary>1, or the number of channels.</summary>
    public int Channels => Means.Length;

    /// <summary>How many samples' values are in <see cref="Kept"/>.</summary>
    public int KeptSamples => Kept.Length / Channels;

    /// <summary>A channel's values over the samples that were kept, in their order.</summary>
    public float[] Values(int channel)
    {
        var values = new float[KeptSamples];
        for (var i = 0; i < values.Length; i++)
            values[i] = Kept[(i * Channels) + channel];
        return values;
    }

    /// <inheritdoc/>
    public bool Equals(SampleSeries? other) => other is not null && Samples == other.Samples
        && Minima.SequenceEqual(other.Minima) && Maxima.SequenceEqual(other.Maxima) && Means.SequenceEqual(other.Means) && Kept.SequenceEqual(other.Kept);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Samples, Channels, Kept.Length);
}
