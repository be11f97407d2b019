using System.Collections.Immutable;
using System.Text;

namespace QuantizeTasks.Quantization.Errors;

/// <content>The form in which a survey is remembered.</content>
internal sealed partial record LayerSurvey
{
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Errors.Samples);
        writer.Write(Errors.Layers.Length);
        foreach (var layer in Errors.Layers)
        {
            writer.Write(layer.Layer);
            writer.Write(layer.Signal);
            writer.Write(layer.Local);
            writer.Write(layer.Accumulated);
        }
        writer.Write(Values.Count);
        foreach (var (name, values) in Values)
        {
            writer.Write(name);
            writer.Write(values.Minimum);
            writer.Write(values.Maximum);
            writer.Write(values.Zeros);
            writer.Write(values.Clipped);
            foreach (var count in values.Counts)
                writer.Write(count);
        }
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; null for anything else.</summary>
    public static LayerSurvey? FromBytes(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        using var reader = new BinaryReader(stream);
        try
        {
            var samples = reader.ReadInt32();
            var layers = ImmutableArray.CreateBuilder<LayerError>();
            for (var left = reader.ReadInt32(); left > 0; left--)
                layers.Add(new LayerError(reader.ReadString(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble()));
            var values = ImmutableSortedDictionary.CreateBuilder<string, ValueDistribution>(StringComparer.Ordinal);
            for (var left = reader.ReadInt32(); left > 0; left--)
                values[reader.ReadString()] = new ValueDistribution(
                    reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), [.. Enumerable.Range(0, ValueDistribution.Bins).Select(_ => reader.ReadInt64())]);
            return stream.Position == stream.Length ? new(new LocalErrors(samples, layers.ToImmutable()), values.ToImmutable()) : null;
        }
        catch (Exception e) when (e is EndOfStreamException or IOException or FormatException or DecoderFallbackException or ArgumentException)
        {
            return null;
        }
    }
}
