using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Statistics of every observed tensor, by name.</summary>
/// <param name="Samples">How many calibration samples they come from.</param>
/// <param name="Tensors">Ordered by name, ordinally.</param>
internal sealed record CalibrationStatistics(int Samples, ImmutableSortedDictionary<string, TensorStatistics> Tensors)
{
    private const uint Magic = 0x31535451; // "QTS1"

    /// <summary>The statistics of one tensor.</summary>
    /// <exception cref="QuantizeException">The tensor was not observed.</exception>
    public TensorStatistics this[string tensor] => Tensors.TryGetValue(tensor, out var statistics) ? statistics
        : throw new QuantizeException(DiagnosticCodes.InternalError, $"There are no calibration statistics of the tensor '{tensor}'; they were collected for another model or other settings.");

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
            foreach (var value in (double[])[tensor.Minimum, tensor.Maximum, tensor.MeanMinimum, tensor.MeanMaximum, tensor.MeanMagnitude])
                writer.Write(value);
            writer.Write(tensor.ChannelMeans.Length);
            foreach (var mean in tensor.ChannelMeans)
                writer.Write(mean);
        }
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are something else, cut short, or longer than they say.</exception>
    public static CalibrationStatistics FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new Reader(bytes);
        if (unchecked((uint)reader.Int32()) != Magic)
            throw new FormatException("These are no calibration statistics.");
        var samples = reader.Int32();
        var count = reader.Count(atLeastBytesEach: 48);
        var tensors = ImmutableSortedDictionary.CreateBuilder<string, TensorStatistics>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = reader.Text();
            var (minimum, maximum, meanMinimum, meanMaximum, meanMagnitude) = (reader.Double(), reader.Double(), reader.Double(), reader.Double(), reader.Double());
            var means = ImmutableArray.CreateBuilder<double>();
            for (var left = reader.Count(atLeastBytesEach: 8); left > 0; left--)
                means.Add(reader.Double());
            if (!tensors.TryAdd(name, new TensorStatistics(minimum, maximum, meanMinimum, meanMaximum, meanMagnitude, means.ToImmutable())))
                throw new FormatException($"The calibration statistics name '{name}' twice.");
        }
        if (samples <= 0 || !reader.AtEnd)
            throw new FormatException("The calibration statistics are damaged.");
        return new(samples, tensors.ToImmutable());
    }

    /// <inheritdoc/>
    public bool Equals(CalibrationStatistics? other) => other is not null && Samples == other.Samples && Tensors.SequenceEqual(other.Tensors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Samples, Tensors.Count);

    /// <summary>Reads from the front; never past the end, and never believes a count that the rest cannot hold.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public readonly bool AtEnd => _rest.IsEmpty;

        public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

        public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

        public string Text() => Encoding.UTF8.GetString(Take(Count(atLeastBytesEach: 1)));

        public int Count(int atLeastBytesEach)
        {
            var count = Int32();
            return count >= 0 && count <= _rest.Length / atLeastBytesEach ? count : throw new FormatException("The calibration statistics are damaged.");
        }

        private ReadOnlySpan<byte> Take(int length)
        {
            if (length > _rest.Length)
                throw new FormatException("The calibration statistics are cut short.");
            var taken = _rest[..length];
            _rest = _rest[length..];
            return taken;
        }
    }
}
