using System.Collections.Immutable;
using System.Text;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Statistics of every observed tensor, by name.</summary>
/// <param name="Samples">How many calibration samples they come from.</param>
/// <param name="Tensors">Ordered by name, ordinally.</param>
internal sealed record CalibrationStatistics(int Samples, ImmutableSortedDictionary<string, TensorStatistics> Tensors)
{
    private const uint Magic = 0x33535451; // "QTS3"

    /// <summary>The statistics of one tensor.</summary>
    /// <exception cref="QuantizeException">The tensor was not observed.</exception>
    public TensorStatistics this[string tensor] => Tensors.TryGetValue(tensor, out var statistics) ? statistics
        : throw new QuantizeException(DiagnosticCodes.InternalError, $"There are no calibration statistics of the tensor '{tensor}'; they were collected for another model or other settings.");

    /// <summary>Whether they hold all that is asked for.</summary>
    public bool Have(IEnumerable<Observation> observations) => observations.All(o =>
        Tensors.TryGetValue(o.Tensor, out var known) && o.Reductions.All(known.Series.ContainsKey) && (known.Histogram is not null || !o.HasHistogram));

    /// <summary>A compact form that <see cref="FromBytes"/> reads back bit by bit.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(Samples);
        writer.Write(Tensors.Count);
        foreach (var (name, tensor) in Tensors)
        {
            var bytes = Encoding.UTF8.GetBytes(name);
            writer.Write(bytes.Length);
            writer.Write(bytes);
            writer.Write(tensor.Series.Count);
            foreach (var (reduction, series) in tensor.Series)
                Write(writer, reduction, series);
            Write(writer, tensor.Histogram);
        }
        return stream.ToArray();
    }

    private static void Write(BinaryWriter writer, Reduction reduction, SampleSeries series)
    {
        writer.Write((int)reduction.Kind);
        writer.Write(reduction.Axis ?? -1);
        writer.Write(reduction.Level);
        writer.Write(series.Samples);
        writer.Write(series.Channels);
        foreach (var value in series.Minima.Concat(series.Maxima).Concat(series.Means))
            writer.Write(value);
        writer.Write(series.KeptSamples);
        foreach (var value in series.Kept)
            writer.Write(value);
    }

    private static void Write(BinaryWriter writer, Histogram? histogram)
    {
        writer.Write(histogram?.Counts.Length ?? 0);
        if (histogram is null)
            return;
        writer.Write(histogram.Exponent);
        writer.Write(histogram.First);
        writer.Write(histogram.Zeros);
        writer.Write(histogram.Minimum);
        writer.Write(histogram.Maximum);
        foreach (var count in histogram.Counts)
            writer.Write(count);
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are something else, cut short, or longer than they say.</exception>
    public static CalibrationStatistics FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new StatisticsReader(bytes);
        if (unchecked((uint)reader.Int32()) != Magic)
            throw new FormatException("These are no calibration statistics.");
        var samples = reader.Int32();
        var count = reader.Count(atLeastBytesEach: 8);
        var tensors = ImmutableSortedDictionary.CreateBuilder<string, TensorStatistics>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = reader.Text();
            var all = ImmutableSortedDictionary.CreateBuilder<Reduction, SampleSeries>();
            for (var left = reader.Count(atLeastBytesEach: 28); left > 0; left--)
            {
                var (reduction, series) = ReadSeries(ref reader);
                if (!all.TryAdd(reduction, series))
                    throw new FormatException($"The calibration statistics have '{reduction}' of '{name}' twice.");
            }
            if (!tensors.TryAdd(name, new TensorStatistics(all.ToImmutable(), ReadHistogram(ref reader))))
                throw new FormatException($"The calibration statistics name '{name}' twice.");
        }
        if (samples <= 0 || !reader.AtEnd)
            throw new FormatException("The calibration statistics are damaged.");
        return new(samples, tensors.ToImmutable());
    }

    private static (Reduction Reduction, SampleSeries Series) ReadSeries(ref StatisticsReader reader)
    {
        var (kind, axis, level, samples) = ((ReductionKind)reader.Int32(), reader.Int32(), reader.Double(), reader.Int32());
        var channels = reader.Count(atLeastBytesEach: 24);
        var (minima, maxima, means) = (reader.Doubles(channels), reader.Doubles(channels), reader.Doubles(channels));
        var kept = reader.Count(atLeastBytesEach: 4 * Math.Max(1, channels));
        if (!Enum.IsDefined(kind) || axis < -1 || double.IsNaN(level) || samples <= 0 || channels == 0 || kept > samples)
            throw new FormatException("The calibration statistics are damaged.");
        return (new(kind, axis < 0 ? null : axis, level), new(samples, minima, maxima, means, reader.Floats(kept * channels)));
    }

    private static Histogram? ReadHistogram(ref StatisticsReader reader)
    {
        var bins = reader.Count(atLeastBytesEach: 8);
        if (bins == 0)
            return null;
        var (exponent, first, zeros, minimum, maximum) = (reader.Int32(), reader.Int32(), reader.Int64(), reader.Single(), reader.Single());
        var counts = reader.Longs(bins);
        if (bins > HistogramAccumulator.Bins || Math.Abs((long)exponent) > 200 || zeros < 0 || counts.Any(count => count < 0) || !(minimum <= maximum))
            throw new FormatException("The calibration statistics are damaged.");
        return new(exponent, first, counts, zeros, minimum, maximum);
    }

    /// <inheritdoc/>
    public bool Equals(CalibrationStatistics? other) => other is not null && Samples == other.Samples && Tensors.SequenceEqual(other.Tensors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Samples, Tensors.Count);
}
