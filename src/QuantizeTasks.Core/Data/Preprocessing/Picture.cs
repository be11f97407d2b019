using System.Buffers;
using System.Numerics.Tensors;

namespace QuantizeTasks.Data;

/// <summary>
/// An image between two steps: one plane per channel, 8-bit until a step needs more. The memory is pooled; whoever makes a picture disposes it.
/// </summary>
internal sealed class Picture : IDisposable
{
    private byte[]? _bytes;
    private float[]? _floats;

    private Picture(int channels, int width, int height)
    {
        ImageStructure.CheckSize(width, height);
        (Channels, Width, Height) = (channels, width, height);
    }

    public int Channels { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>True while values are whole numbers in 0..255.</summary>
    public bool IsBytes => _bytes is not null;

    private int PlaneLength => Width * Height;

    public static Picture OfBytes(int channels, int width, int height)
    {
        var picture = new Picture(channels, width, height);
        picture._bytes = ArrayPool<byte>.Shared.Rent(channels * picture.PlaneLength);
        return picture;
    }

    public static Picture OfFloats(int channels, int width, int height)
    {
        var picture = new Picture(channels, width, height);
        picture._floats = ArrayPool<float>.Shared.Rent(channels * picture.PlaneLength);
        return picture;
    }

    /// <summary>Three planes of an interleaved image of one channel (replicated) or three.</summary>
    public static Picture FromInterleaved(ReadOnlySpan<byte> pixels, int channels, int width, int height)
    {
        var picture = OfBytes(3, width, height);
        for (var c = 0; c < 3; c++)
        {
            var plane = picture.Bytes(c);
            if (channels == 1)
                pixels.CopyTo(plane);
            else
                for (int i = 0, at = c; i < plane.Length; i++, at += 3)
                    plane[i] = pixels[at];
        }
        return picture;
    }

    public Span<byte> Bytes(int channel) => _bytes.AsSpan(channel * PlaneLength, PlaneLength);

    public Span<float> Floats(int channel) => _floats.AsSpan(channel * PlaneLength, PlaneLength);

    /// <summary>A picture of the same kind (8-bit or float) and another size.</summary>
    public Picture Like(int channels, int width, int height) => IsBytes ? OfBytes(channels, width, height) : OfFloats(channels, width, height);

    /// <summary>The same values as floats; this picture when it holds floats already, which is not copied.</summary>
    public Picture ToFloats()
    {
        if (!IsBytes)
            return this;
        var picture = OfFloats(Channels, Width, Height);
        for (var c = 0; c < Channels; c++)
            TensorPrimitives.ConvertTruncating<byte, float>(Bytes(c), picture.Floats(c));
        return picture;
    }

    /// <summary>float32 [1, channels, height, width] or [1, height, width, channels].</summary>
    public Tensor ToTensor(bool channelsFirst)
    {
        var floats = ToFloats();
        try
        {
            var values = new float[Channels * PlaneLength];
            for (var c = 0; c < Channels; c++)
            {
                var plane = floats.Floats(c);
                if (channelsFirst)
                    plane.CopyTo(values.AsSpan(c * PlaneLength));
                else
                    for (int i = 0, at = c; i < plane.Length; i++, at += Channels)
                        values[at] = plane[i];
            }
            return channelsFirst ? Tensor.Create(values, 1, Channels, Height, Width) : Tensor.Create(values, 1, Height, Width, Channels);
        }
        finally
        {
            if (floats != this)
                floats.Dispose();
        }
    }

    public void Dispose()
    {
        if (_bytes is not null)
            ArrayPool<byte>.Shared.Return(_bytes);
        if (_floats is not null)
            ArrayPool<float>.Shared.Return(_floats);
        (_bytes, _floats) = (null, null);
    }
}
