using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>
/// <c>resize:</c>. 8-bit values come out as Pillow's resize gives them, bit for bit; floats as Pillow's mode F. With <c>antialias: false</c>, 8-bit values are the exact
/// ones rounded half to even.
/// </summary>
internal static class Resize
{
    public static Picture Apply(Picture picture, ResizeStep step)
    {
        var (width, height) = Size(picture.Width, picture.Height, step);
        if (width == picture.Width && height == picture.Height)
            return picture;
        if (step.Method == ResizeMethod.Nearest)
            return Nearest(picture, width, height);
        if (step.Antialias)
            return Passes(picture, width, height, (inputs, outputs) => ResampleKernel.Antialiased(inputs, outputs, step.Method));
        var exact = picture.ToFloats();
        var resized = Passes(exact, width, height, (inputs, outputs) => ResampleKernel.Plain(inputs, outputs, step.Method));
        if (exact == picture)
            return resized;
        exact.Dispose();
        using (resized)
            return Round(resized);
    }

    /// <summary>The shorter side becomes N and the other one keeps the ratio, rounded down, as torchvision's Resize(N); or what touches an edge of the given size fills it, and the other one is rounded down.</summary>
    public static (int Width, int Height) Size(int width, int height, ResizeStep step)
    {
        if (step.Shorter is not { } shorter)
        {
            var (right, bottom) = (step.Width!.Value, step.Height!.Value);
            return !step.KeepsRatio ? (right, bottom)
                : (long)right * height <= (long)bottom * width ? (right, (int)Math.Max(1, (long)right * height / width)) : ((int)Math.Max(1, (long)bottom * width / height), bottom);
        }
        var longer = (long)shorter * Math.Max(width, height) / Math.Min(width, height);
        ImageStructure.CheckSize(shorter, longer);
        return width <= height ? (shorter, (int)longer) : ((int)longer, shorter);
    }

    /// <summary>Columns first, then rows, each only when its extent changes: 8-bit values are rounded in between, so the order matters.</summary>
    private static Picture Passes(Picture picture, int width, int height, Func<int, int, ResampleKernel> kernel)
    {
        var current = picture;
        if (width != picture.Width)
            current = Pass(current, picture.Like(picture.Channels, width, picture.Height), kernel(picture.Width, width), horizontal: true);
        if (height == picture.Height)
            return current;
        var result = Pass(current, picture.Like(picture.Channels, width, height), kernel(picture.Height, height), horizontal: false);
        if (current != picture)
            current.Dispose();
        return result;
    }

    private static Picture Pass(Picture from, Picture to, ResampleKernel kernel, bool horizontal)
    {
        for (var c = 0; c < from.Channels; c++)
        {
            switch (from.IsBytes, horizontal)
            {
                case (true, true): ByteResample.Horizontal(from.Bytes(c), from.Width, to.Bytes(c), to.Width, kernel); break;
                case (true, false): ByteResample.Vertical(from.Bytes(c), to.Bytes(c), to.Width, kernel); break;
                case (false, true): FloatResample.Horizontal(from.Floats(c), from.Width, to.Floats(c), to.Width, kernel); break;
                case (false, false): FloatResample.Vertical(from.Floats(c), to.Floats(c), to.Width, kernel); break;
            }
        }
        return to;
    }

    /// <summary>The pixel under the centre of the output's, found by adding up as Pillow's affine scaling does.</summary>
    private static Picture Nearest(Picture picture, int width, int height)
    {
        var (columns, rows) = (NearestIndices(picture.Width, width), NearestIndices(picture.Height, height));
        var result = picture.Like(picture.Channels, width, height);
        for (var c = 0; c < picture.Channels; c++)
        {
            if (picture.IsBytes)
                Gather<byte>(picture.Bytes(c), picture.Width, result.Bytes(c), columns, rows);
            else
                Gather<float>(picture.Floats(c), picture.Width, result.Floats(c), columns, rows);
        }
        return result;
    }

    private static int[] NearestIndices(int inputs, int outputs)
    {
        var indices = new int[outputs];
        var scale = (double)inputs / outputs;
        var at = scale * 0.5;
        for (var o = 0; o < outputs; o++, at += scale)
            indices[o] = Math.Min((int)at, inputs - 1);
        return indices;
    }

    private static void Gather<T>(ReadOnlySpan<T> from, int stride, Span<T> to, int[] columns, int[] rows)
    {
        var at = 0;
        foreach (var row in rows)
        {
            var line = from.Slice(row * stride, stride);
            foreach (var column in columns)
                to[at++] = line[column];
        }
    }

    private static Picture Round(Picture picture)
    {
        var result = Picture.OfBytes(picture.Channels, picture.Width, picture.Height);
        for (var c = 0; c < picture.Channels; c++)
        {
            var from = picture.Floats(c);
            var to = result.Bytes(c);
            for (var i = 0; i < from.Length; i++)
                to[i] = (byte)Math.Clamp(MathF.Round(from[i]), 0, 255);
        }
        return result;
    }
}
