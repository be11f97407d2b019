namespace QuantizeTasks.Inference.Emulation;

/// <summary>
/// How x64 without VNNI multiplies unsigned by signed bytes. The kernels take four values of the sum's axis at once; <c>vpmaddubsw</c> adds the products of two neighbours in
/// 16 bits, saturating, and <c>vpmaddwd</c> and <c>vpaddd</c> add those sums in 32 bits, where nothing saturates. So with k counted from 0 the pairs are (0, 1), (2, 3), and so on; a last odd
/// value is paired with 0. The values are the stored ones: zero points are subtracted from the sum afterwards.
/// Sources, all in onnxruntime/core/mlas/lib: x86_64/QgemmU8X8KernelAvx2.S (ComputeBlockU8S8Avx2), amd64/ConvSymKernelAvx2.asm (MultiplyAccumulateRowAvx2),
/// x86_64/QgemvU8S8KernelAvx2.S; the AVX-512 kernels without VNNI do the same in wider registers (amd64/QgemmU8X8KernelAvx512Core.asm). In a convolution k runs over the positions of
/// the filter and within each over the channels of the group (qlinearconv.cc, ReorderFilter). Depthwise convolutions extend to 16 and 32 bits first
/// (DepthwiseMultiplyAccumulateCellAvx2, qdwconv_avx2.cpp) and never saturate; neither does unsigned times unsigned (ComputeBlockU8U8Avx2).
/// </summary>
internal static class SaturatingPairs
{
    /// <summary>The sum of products of two vectors of one length, and how many of its pairs saturated: the definition, which the vectorized form is tested against.</summary>
    public static (int Sum, int Saturated) Dot(ReadOnlySpan<byte> left, ReadOnlySpan<sbyte> right)
    {
        var (sum, saturated) = (0, 0);
        for (var k = 0; k < left.Length; k += 2)
        {
            var pair = (left[k] * right[k]) + (k + 1 < left.Length ? left[k + 1] * right[k + 1] : 0);
            var stored = Math.Clamp(pair, short.MinValue, short.MaxValue);
            sum = unchecked(sum + stored);
            if (stored != pair)
                saturated++;
        }
        return (sum, saturated);
    }

    /// <summary>Whether two neighbouring weights saturate with the largest unsigned bytes: never when both lie in [-64, 64], since 2 * 255 * 64 is less than 2^15.</summary>
    public static bool CanSaturate(sbyte first, sbyte second)
    {
        const int Largest = byte.MaxValue;
        var (above, below) = (Math.Max(0, (int)first) + Math.Max(0, (int)second), Math.Min(0, (int)first) + Math.Min(0, (int)second));
        return Largest * above > short.MaxValue || Largest * below < short.MinValue;
    }
}
