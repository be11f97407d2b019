using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary><c>color:</c>.</summary>
internal static class ColorConversion
{
    /// <summary>The picture in another order of channels; the same one when nothing changes.</summary>
    public static Picture Convert(Picture picture, ColorOrder from, ColorOrder to)
    {
        if (from == to)
            return picture;
        var result = picture.Like(to == ColorOrder.Gray ? 1 : 3, picture.Width, picture.Height);
        if (to == ColorOrder.Gray)
        {
            var red = from == ColorOrder.Rgb ? 0 : 2;
            if (picture.IsBytes)
                ToGray(picture.Bytes(red), picture.Bytes(1), picture.Bytes(2 - red), result.Bytes(0));
            else
                ToGray(picture.Floats(red), picture.Floats(1), picture.Floats(2 - red), result.Floats(0));
            return result;
        }
        for (var c = 0; c < 3; c++)
        {
            var source = from == ColorOrder.Gray ? 0 : 2 - c;
            if (picture.IsBytes)
                picture.Bytes(source).CopyTo(result.Bytes(c));
            else
                picture.Floats(source).CopyTo(result.Floats(c));
        }
        return result;
    }

    /// <summary>ITU-R BT.601 luma, 0.299 R + 0.587 G + 0.114 B, in 16-bit fixed point with rounding: the same values as Pillow's <c>convert("L")</c>.</summary>
    private static void ToGray(ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue, Span<byte> gray)
    {
        for (var i = 0; i < gray.Length; i++)
            gray[i] = (byte)(((red[i] * 19595) + (green[i] * 38470) + (blue[i] * 7471) + 0x8000) >> 16);
    }

    /// <summary>The same weights without rounding, for values that a step has already scaled.</summary>
    private static void ToGray(ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue, Span<float> gray)
    {
        for (var i = 0; i < gray.Length; i++)
            gray[i] = (0.299f * red[i]) + (0.587f * green[i]) + (0.114f * blue[i]);
    }
}
