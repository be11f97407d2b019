using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Steps that move pixels and change none.</summary>
internal static class Geometry
{
    /// <summary><c>center_crop</c> as torchvision has it: an odd rest is halved with rounding half to even.</summary>
    public static Picture CenterCrop(Picture picture, CenterCropStep crop)
    {
        if (crop.Width > picture.Width || crop.Height > picture.Height)
            throw new InvalidDataException($"center_crop {crop.Width} x {crop.Height} is larger than the image, which is {picture.Width} x {picture.Height} at that step; resize or pad it first");
        var (left, top) = Origin(picture.Width, picture.Height, crop);
        return Crop(picture, left, top, crop.Width, crop.Height);
    }

    /// <summary>The first pixel that <c>center_crop</c> keeps.</summary>
    public static (int Left, int Top) Origin(int width, int height, CenterCropStep crop) => ((int)Math.Round((width - crop.Width) / 2.0), (int)Math.Round((height - crop.Height) / 2.0));

    /// <summary>The first pixel that <c>central_fraction</c> keeps.</summary>
    public static (int Left, int Top) Origin(int width, int height, double fraction) => ((int)((width - (width * fraction)) / 2), (int)((height - (height * fraction)) / 2));

    /// <summary><c>central_fraction</c> as tf.image.central_crop has it: what is cut off on each side is rounded down.</summary>
    public static Picture CentralFraction(Picture picture, double fraction)
    {
        var (left, top) = Origin(picture.Width, picture.Height, fraction);
        return Crop(picture, left, top, picture.Width - (2 * left), picture.Height - (2 * top));
    }

    /// <summary><c>pad_to</c>: the image in the middle, an odd rest going to the right and the bottom, as tf.image.pad_to_bounding_box of a centred image.</summary>
    public static Picture PadTo(Picture picture, PadToStep pad)
    {
        if (pad.Width < picture.Width || pad.Height < picture.Height)
            throw new InvalidDataException($"pad_to {pad.Width} x {pad.Height} is smaller than the image, which is {picture.Width} x {picture.Height} at that step; resize or crop it first");
        var fitsByte = pad.Value is >= 0 and <= 255 && pad.Value == MathF.Floor(pad.Value);
        var source = fitsByte ? picture : picture.ToFloats();
        var result = source.Like(picture.Channels, pad.Width, pad.Height);
        var (left, top) = ((pad.Width - picture.Width) / 2, (pad.Height - picture.Height) / 2);
        for (var c = 0; c < picture.Channels; c++)
        {
            if (source.IsBytes)
            {
                result.Bytes(c).Fill((byte)pad.Value);
                Copy<byte>(source.Bytes(c), source.Width, 0, 0, result.Bytes(c), result.Width, left, top, source.Width, source.Height);
            }
            else
            {
                result.Floats(c).Fill(pad.Value);
                Copy<float>(source.Floats(c), source.Width, 0, 0, result.Floats(c), result.Width, left, top, source.Width, source.Height);
            }
        }
        if (source != picture)
            source.Dispose();
        return result;
    }

    private static Picture Crop(Picture picture, int left, int top, int width, int height)
    {
        if (width == picture.Width && height == picture.Height)
            return picture;
        var result = picture.Like(picture.Channels, width, height);
        for (var c = 0; c < picture.Channels; c++)
        {
            if (picture.IsBytes)
                Copy<byte>(picture.Bytes(c), picture.Width, left, top, result.Bytes(c), width, 0, 0, width, height);
            else
                Copy<float>(picture.Floats(c), picture.Width, left, top, result.Floats(c), width, 0, 0, width, height);
        }
        return result;
    }

    private static void Copy<T>(ReadOnlySpan<T> from, int fromStride, int fromX, int fromY, Span<T> to, int toStride, int toX, int toY, int width, int height)
    {
        for (var y = 0; y < height; y++)
            from.Slice(((fromY + y) * fromStride) + fromX, width).CopyTo(to.Slice(((toY + y) * toStride) + toX, width));
    }
}
