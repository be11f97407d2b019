using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>A mask whose classes are colours, and masks that go the way of their images.</summary>
internal static class MaskImage
{
    /// <summary>What positions without a class have.</summary>
    public const byte NoClass = 255;

    private const int ColorTypeAt = 25;

    /// <summary>Reads a mask.</summary>
    /// <param name="path">A PNG.</param>
    /// <param name="colors">The colour of each class as 0xRRGGBB; empty when the stored values are the classes. A grey PNG's always are.</param>
    /// <returns>uint8 [height, width]; <see cref="NoClass"/> where the colour is none of them.</returns>
    /// <exception cref="QuantizeException">It is missing, damaged, or without <paramref name="colors"/> a PNG of colours.</exception>
    public static Tensor Read(string path, ImmutableArray<int> colors)
    {
        if (colors.IsEmpty)
            return IndexPng.Read(path);
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The mask cannot be read: {e.Message}", new SourcePosition(path), e);
        }
        if (file.Length > ColorTypeAt && file[ColorTypeAt] == 0)
            return IndexPng.Read(path);
        var pixels = ImageFileDecoder.Decode(file, path, upright: false);
        var classes = colors.Select((color, index) => (color, index)).ToDictionary(c => c.color, c => (byte)c.index);
        var (from, to) = (pixels.As<byte>(), new byte[pixels.Shape[0] * pixels.Shape[1]]);
        var channels = pixels.Shape[2];
        for (var i = 0; i < to.Length; i++)
        {
            var at = i * channels;
            var color = channels == 1 ? from[at] * 0x010101 : (from[at] << 16) | (from[at + 1] << 8) | from[at + 2];
            to[i] = classes.GetValueOrDefault(color, NoClass);
        }
        return Tensor.Create(to, pixels.Shape[0], pixels.Shape[1]);
    }

    /// <summary>Does to a mask what its image's preprocessing does to places: resizes without mixing values, cuts, and surrounds with <see cref="NoClass"/>.</summary>
    /// <param name="mask">uint8 [height, width].</param>
    /// <param name="steps">The steps of its image.</param>
    /// <param name="path">The mask's path, for messages.</param>
    public static Tensor Follow(Tensor mask, ImmutableArray<PreprocessStep> steps, string path)
    {
        var picture = Picture.OfBytes(1, mask.Shape[1], mask.Shape[0]);
        try
        {
            mask.As<byte>().CopyTo(picture.Bytes(0));
            foreach (var step in steps)
            {
                var next = step switch
                {
                    ResizeStep resize => Resize.Apply(picture, resize with { Method = ResizeMethod.Nearest, Antialias = true }),
                    CenterCropStep crop => Geometry.CenterCrop(picture, crop),
                    CentralFractionStep fraction => Geometry.CentralFraction(picture, fraction.Fraction),
                    PadToStep pad => Geometry.PadTo(picture, pad with { Value = NoClass }),
                    _ => picture,
                };
                if (next != picture)
                    picture.Dispose();
                picture = next;
            }
            return Tensor.Create(picture.Bytes(0).ToArray(), picture.Height, picture.Width);
        }
        catch (InvalidDataException e)
        {
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The mask cannot go the way of its image: {e.Message}.", new SourcePosition(path), e);
        }
        finally
        {
            picture.Dispose();
        }
    }
}
