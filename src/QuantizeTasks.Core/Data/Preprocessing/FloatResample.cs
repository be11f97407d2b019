using System.Buffers;
using System.Numerics.Tensors;

namespace QuantizeTasks.Data;

/// <summary>Weighted sums of floats, added up in double precision: ImagingResampleHorizontal_32bpc and -Vertical_32bpc of Pillow's Resample.c.</summary>
internal static class FloatResample
{
    public static void Horizontal(ReadOnlySpan<float> from, int fromWidth, Span<float> to, int toWidth, ResampleKernel kernel)
    {
        for (int y = 0, rows = from.Length / fromWidth; y < rows; y++)
        {
            var source = from.Slice(y * fromWidth, fromWidth);
            var target = to.Slice(y * toWidth, toWidth);
            for (var x = 0; x < target.Length; x++)
            {
                var weights = kernel.Weights(x);
                var pixels = source.Slice(kernel.First(x), weights.Length);
                var sum = 0.0;
                for (var i = 0; i < weights.Length; i++)
                    sum += pixels[i] * weights[i];
                target[x] = (float)sum;
            }
        }
    }

    public static void Vertical(ReadOnlySpan<float> from, Span<float> to, int width, ResampleKernel kernel)
    {
        var buffer = ArrayPool<double>.Shared.Rent(width);
        var sums = buffer.AsSpan(0, width);
        for (int y = 0, rows = to.Length / width; y < rows; y++)
        {
            var weights = kernel.Weights(y);
            sums.Clear();
            for (var i = 0; i < weights.Length; i++)
            {
                var source = from.Slice((kernel.First(y) + i) * width, width);
                var weight = weights[i];
                for (var x = 0; x < sums.Length; x++)
                    sums[x] += source[x] * weight;
            }
            TensorPrimitives.ConvertTruncating<double, float>(sums, to.Slice(y * width, width));
        }
        ArrayPool<double>.Shared.Return(buffer);
    }
}
