using System.Numerics.Tensors;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>
/// A histogram that grows: where values lie outside, bins are merged by twos until there is room. It holds a fixed number of counters, and the result does not depend on the order in which
/// values come. Used by several threads at once.
/// </summary>
internal sealed class HistogramAccumulator
{
    /// <summary>
    /// A power of two. A range takes between half of them and all; 8 bits have 256 levels, so that even a range clipped to a sixteenth has levels of more than a bin.
    /// </summary>
    public const int Bins = 8192;

    private const int LowestExponent = -120;
    private const int LastBin = 1 << 30;
    private const int Block = 1024;

    private readonly long[] _counts = new long[Bins];
    private readonly Lock _lock = new();
    private long _zeros;
    private float _minimum = float.PositiveInfinity;
    private float _maximum = float.NegativeInfinity;
    private int _exponent = LowestExponent;
    private int _first;

    /// <summary>Adds the values of a tensor.</summary>
    /// <param name="values">Finite.</param>
    public void Add(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
            return;
        var (minimum, maximum) = (TensorPrimitives.Min(values), TensorPrimitives.Max(values));
        var exponent = Exponent(minimum, maximum);
        var first = Bin(minimum, exponent);
        Span<int> counts = stackalloc int[Bins];
        counts.Clear();
        var zeros = Count(values, exponent, first, counts);
        lock (_lock)
        {
            Cover(minimum, maximum);
            for (var i = 0; i < Bins; i++)
                if (counts[i] != 0)
                    _counts[Coarser(first + i, _exponent - exponent) - _first] += counts[i];
            _zeros += zeros;
        }
    }

    /// <summary>Adds the values of another histogram.</summary>
    public void Add(Histogram other)
    {
        lock (_lock)
        {
            Cover(other.Minimum, other.Maximum);
            for (var i = 0; i < other.Counts.Length; i++)
                if (other.Counts[i] != 0)
                    _counts[Coarser(other.First + i, _exponent - other.Exponent) - _first] += other.Counts[i];
            _zeros += other.Zeros;
        }
    }

    public Histogram Finish()
    {
        var last = Bin(_maximum, _exponent) - _first;
        return new(_exponent, _first, [.. _counts.AsSpan(0, last + 1)], _zeros, _minimum, _maximum);
    }

    private static long Count(ReadOnlySpan<float> values, int exponent, int first, Span<int> counts)
    {
        Span<float> scaled = stackalloc float[Block];
        Span<int> bins = stackalloc int[Block];
        // A power of two, so that the products are exact.
        var scale = MathF.ScaleB(1, -exponent);
        var zeros = 0L;
        for (; !values.IsEmpty; values = values[Math.Min(Block, values.Length)..])
        {
            var block = values[..Math.Min(Block, values.Length)];
            TensorPrimitives.Multiply(block, scale, scaled);
            TensorPrimitives.Floor(scaled[..block.Length], scaled);
            // Only a wide range makes a product too small for a float; what was negative belongs below zero even so.
            for (var i = 0; exponent > 0 && i < block.Length; i++)
                if (block[i] < 0 && scaled[i] == 0)
                    scaled[i] = -1;
            TensorPrimitives.ConvertTruncating<float, int>(scaled[..block.Length], bins);
            for (var i = 0; i < block.Length; i++)
            {
                counts[bins[i] - first]++;
                zeros += block[i] == 0 ? 1 : 0;
            }
        }
        if (zeros > 0)
            counts[-first] -= (int)zeros;
        return zeros;
    }

    /// <summary>Makes room for values within the borders.</summary>
    private void Cover(float minimum, float maximum)
    {
        var isEmpty = _minimum > _maximum;
        (minimum, maximum) = (Math.Min(_minimum, minimum), Math.Max(_maximum, maximum));
        var exponent = Math.Max(_exponent, Exponent(minimum, maximum));
        var first = Bin(minimum, exponent);
        if (!isEmpty && (exponent != _exponent || first != _first))
        {
            var old = (long[])_counts.Clone();
            Array.Clear(_counts);
            for (var i = 0; i < Bins; i++)
                if (old[i] != 0)
                    _counts[Coarser(_first + i, exponent - _exponent) - first] += old[i];
        }
        (_minimum, _maximum, _exponent, _first) = (minimum, maximum, exponent, first);
    }

    /// <summary>The smallest exponent with which values within the borders need no more than <see cref="Bins"/> bins.</summary>
    private static int Exponent(float minimum, float maximum)
    {
        var exponent = Math.Max(LowestExponent, Math.ILogB(Math.Max((double)maximum - minimum, float.Epsilon)) - 13);
        while (BinOf(maximum, exponent) - BinOf(minimum, exponent) >= Bins || BinOf(maximum, exponent) > LastBin || BinOf(minimum, exponent) < -LastBin)
            exponent++;
        return exponent;
    }

    /// <summary>The bin that holds a bin when bins are wider by a power of two. A shift by 31 leaves the sign, and one by more would begin anew.</summary>
    private static int Coarser(int bin, int by) => bin >> Math.Min(by, 31);

    private static double BinOf(float value, int exponent) => Math.Floor(Math.ScaleB(value, -exponent));

    private static int Bin(float value, int exponent) => (int)BinOf(value, exponent);
}
