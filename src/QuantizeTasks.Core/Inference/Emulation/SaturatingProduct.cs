using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace QuantizeTasks.Inference.Emulation;

/// <summary>The product of a matrix of unsigned bytes and packed signed ones, each sum as <see cref="SaturatingPairs"/> defines it.</summary>
internal static class SaturatingProduct
{
    /// <summary>Counters of 16 bits overflow after this many steps.</summary>
    private const int LongestCount = short.MaxValue;

    /// <summary>Multiplies.</summary>
    /// <param name="left">Rows of <c>weights.Steps * 4</c> bytes; what lies beyond <c>weights.Rows</c> is multiplied by 0.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="weights">The other matrix.</param>
    /// <param name="sums">Receives <paramref name="rows"/> times <c>weights.Columns</c> sums.</param>
    /// <param name="vectorized">False for the definition itself, whatever the machine has.</param>
    /// <returns>How many pairs saturated.</returns>
    public static long Multiply(ReadOnlySpan<byte> left, int rows, PackedWeights weights, Span<int> sums, bool vectorized = true)
    {
        var width = weights.Steps * PackedWeights.Step;
        if (left.Length < rows * width || sums.Length < rows * weights.Columns)
            throw new ArgumentException("The matrices do not fit.");
        var saturated = 0L;
        for (var panel = 0; panel < weights.Panels; panel++)
        {
            var columns = Math.Min(PackedWeights.Width, weights.Columns - (panel * PackedWeights.Width));
            var values = weights.Values.AsSpan(panel * width * PackedWeights.Width, width * PackedWeights.Width);
            for (var row = 0; row < rows; row++)
            {
                var line = left.Slice(row * width, width);
                var into = sums.Slice((row * weights.Columns) + (panel * PackedWeights.Width), columns);
                saturated += !vectorized || !Avx2.IsSupported ? Scalar(line, values, into)
                    : weights.CanSaturate(panel) ? Counting(line, values, into)
                    : Exact(line, values, into);
            }
        }
        return saturated;
    }

    private static long Scalar(ReadOnlySpan<byte> left, ReadOnlySpan<sbyte> panel, Span<int> sums)
    {
        var saturated = 0L;
        Span<sbyte> column = new sbyte[left.Length];
        for (var j = 0; j < sums.Length; j++)
        {
            for (var k = 0; k < column.Length; k++)
                column[k] = panel[(k / PackedWeights.Step * PackedWeights.Width * PackedWeights.Step) + (j * PackedWeights.Step) + (k % PackedWeights.Step)];
            var (sum, count) = SaturatingPairs.Dot(left, column);
            sums[j] = sum;
            saturated += count;
        }
        return saturated;
    }

    /// <summary>For weights that cannot saturate.</summary>
    private static long Exact(ReadOnlySpan<byte> left, ReadOnlySpan<sbyte> panel, Span<int> sums)
    {
        ref var a = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, int>(left));
        ref var b = ref MemoryMarshal.GetReference(panel);
        var total = Vector256<int>.Zero;
        for (nuint step = 0; step < (nuint)(left.Length / PackedWeights.Step); step++)
        {
            var bytes = Vector256.Create(System.Runtime.CompilerServices.Unsafe.Add(ref a, step)).AsByte();
            var pairs = Avx2.MultiplyAddAdjacent(bytes, Vector256.LoadUnsafe(ref b, step * (nuint)Vector256<sbyte>.Count));
            total += Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
        }
        Store(total, sums);
        return 0;
    }

    /// <summary>The same, counting: where the saturated sum of a pair differs from the sum modulo 2^16, it saturated. (A sum beyond 16 bits is off by 2^16, which never lands on a limit.)</summary>
    private static long Counting(ReadOnlySpan<byte> left, ReadOnlySpan<sbyte> panel, Span<int> sums)
    {
        ref var a = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, int>(left));
        ref var b = ref MemoryMarshal.GetReference(panel);
        var total = Vector256<int>.Zero;
        var steps = left.Length / PackedWeights.Step;
        long saturated = 0;
        for (var start = 0; start < steps; start += LongestCount)
        {
            var end = Math.Min(steps, start + LongestCount);
            var equal = Vector256<short>.Zero;
            for (var step = (nuint)start; step < (nuint)end; step++)
            {
                var bytes = Vector256.Create(System.Runtime.CompilerServices.Unsafe.Add(ref a, step)).AsByte();
                var weights = Vector256.LoadUnsafe(ref b, step * (nuint)Vector256<sbyte>.Count);
                var pairs = Avx2.MultiplyAddAdjacent(bytes, weights);
                total += Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
                var words = weights.AsInt16();
                var even = (bytes.AsInt16() & Vector256.Create((short)0xFF)) * ((words << 8) >> 8);
                var odd = (bytes.AsUInt16() >> 8).AsInt16() * (words >> 8);
                equal -= Vector256.Equals(pairs, even + odd);
            }
            saturated += ((long)(end - start) * Vector256<short>.Count) - Vector256.Sum(Avx2.MultiplyAddAdjacent(equal, Vector256<short>.One));
        }
        Store(total, sums);
        return saturated;
    }

    /// <summary>The columns beyond the matrix are 0 and left out.</summary>
    private static void Store(Vector256<int> total, Span<int> sums)
    {
        if (sums.Length == PackedWeights.Width)
            total.CopyTo(sums);
        else
            for (var j = 0; j < sums.Length; j++)
                sums[j] = total[j];
    }
}
