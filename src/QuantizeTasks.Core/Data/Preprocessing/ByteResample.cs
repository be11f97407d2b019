using System.Buffers;

namespace QuantizeTasks.Data;

/// <summary>Weighted sums of 8-bit values in fixed point, rounded and clipped to 8 bits: ImagingResampleHorizontal_8bpc and -Vertical_8bpc of Pillow's Resample.c.</summary>
internal static class ByteResample
{
    private const int Half = 1 << (ResampleKernel.PrecisionBits - 1);

    public static void Horizontal(ReadOnlySpan<byte> from, int fromWidth, Span<byte> to, int toWidth, ResampleKernel kernel)
    {
        for (int y = 0, rows = from.Length / fromWidth; y < rows; y++)
        {
            var source = from.Slice(y * fromWidth, fromWidth);
            var target = to.Slice(y * toWidth, toWidth);
            for (var x = 0; x < target.Length; x++)
            {
                var weights = kernel.FixedWeights(x);
                var pixels = source.Slice(kernel.First(x), weights.Length);
                var sum = Half;
                for (var i = 0; i < weights.Length; i++)
                    sum += pixels[i] * weights[i];
                target[x] = Clip(sum);
            }
        }
    }

    /// <summary>Row by row rather than column by column: memory is read in order.</summary>
    public static void Vertical(ReadOnlySpan<byte> from, Span<byte> to, int width, ResampleKernel kernel)
    {
        var buffer = ArrayPool<int>.Shared.Rent(width);
        var sums = buffer.AsSpan(0, width);
        for (int y = 0, rows = to.Length / width; y < rows; y++)
        {
            var weights = kernel.FixedWeights(y);
            sums.Fill(Half);
            for (var i = 0; i < weights.Length; i++)
            {
                var source = from.Slice((kernel.First(y) + i) * width, width);
                var weight = weights[i];
                for (var x = 0; x < sums.Length; x++)
                    sums[x] += source[x] * weight;
            }
            var target = to.Slice(y * width, width);
            for (var x = 0; x < sums.Length; x++)
                target[x] = Clip(sums[x]);
        }
        ArrayPool<int>.Shared.Return(buffer);
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleKernel.PrecisionBits, 0, 255);
}
