using System.Numerics.Tensors;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Reduces a tensor that left the runtime.</summary>
internal static class TensorReduction
{
    // One for each thread, as large as its largest tensor: a shared pool keeps more of them, the longer a calibration takes.
    [ThreadStatic]
    private static float[]? t_buffer;

    /// <summary>One value of the whole tensor, or one for each channel.</summary>
    /// <param name="reduction">What is wanted.</param>
    /// <param name="values">The elements in row-major order; finite, at least one.</param>
    /// <param name="shape">The extents.</param>
    public static float[] Reduce(Reduction reduction, ReadOnlySpan<float> values, ReadOnlySpan<long> shape)
    {
        var channels = reduction.Axis is { } axis ? (int)shape[axis] : 1;
        var inner = reduction.Axis is null ? values.Length : (int)Product(shape[(reduction.Axis.Value + 1)..]);
        if (t_buffer is null || t_buffer.Length < values.Length / channels)
            t_buffer = new float[values.Length / channels];
        var channel = t_buffer.AsSpan(0, values.Length / channels);
        var results = new float[channels];
        for (var c = 0; c < channels; c++)
        {
            for (var (from, to) = (c * inner, 0); to < channel.Length; from += channels * inner, to += inner)
                values.Slice(from, inner).CopyTo(channel[to..]);
            results[c] = Reduce(reduction, channel);
        }
        return results;
    }

    private static float Reduce(Reduction reduction, Span<float> values)
    {
        switch (reduction.Kind)
        {
            case ReductionKind.Minimum:
                return TensorPrimitives.Min<float>(values);
            case ReductionKind.Maximum:
                return TensorPrimitives.Max<float>(values);
            case ReductionKind.AbsoluteMaximum:
                return Math.Abs(TensorPrimitives.MaxMagnitude<float>(values));
            case ReductionKind.Mean:
                var sum = 0.0;
                foreach (var value in values)
                    sum += value;
                return (float)(sum / values.Length);
            case ReductionKind.AbsoluteQuantile:
                TensorPrimitives.Abs(values, values);
                return (float)OrderStatistics.Quantile(values, reduction.Level);
            default:
                return (float)OrderStatistics.Quantile(values, reduction.Level);
        }
    }

    private static long Product(ReadOnlySpan<long> extents)
    {
        var product = 1L;
        foreach (var extent in extents)
            product *= extent;
        return product;
    }
}
