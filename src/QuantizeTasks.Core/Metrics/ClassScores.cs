using System.Numerics;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>Which class scores choose. Ties go to the lower index, as numpy's argmax does; scores with a NaN choose none.</summary>
internal static class ClassScores
{
    /// <summary>What stands for the choice among scores of which one is NaN.</summary>
    public const int None = -1;

    /// <summary>The scores of one sample as a vector: a single axis may be longer than 1.</summary>
    public static double[] Vector(Tensor output, string metric, string sample)
    {
        if (output.Length == 0 || output.Shape.Count(extent => extent > 1) > 1)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"{metric} needs one score per class, but the output of {sample} is {output}. 'output' can name another output.");
        return MetricTensors.ToDoubles(output);
    }

    /// <summary>How many classes come before <paramref name="label"/>: larger scores, and equal scores of a lower index. <see cref="None"/> with a NaN.</summary>
    public static int Rank(ReadOnlySpan<double> scores, int label)
    {
        var (rank, own) = (0, scores[label]);
        for (var c = 0; c < scores.Length; c++)
        {
            if (double.IsNaN(scores[c]))
                return None;
            if (scores[c] > own || (scores[c] == own && c < label))
                rank++;
        }
        return rank;
    }

    /// <summary>The class of every position of a dense output: argmax along <paramref name="axis"/>.</summary>
    public static int[] ArgMax(Tensor output, int axis) => output.Data switch
    {
        float[] data => ArgMax(data, output.Shape, axis),
        double[] data => ArgMax(data, output.Shape, axis),
        _ => ArgMax(MetricTensors.ToDoubles(output), output.Shape, axis),
    };

    private static int[] ArgMax<T>(T[] scores, IReadOnlyList<int> shape, int axis)
        where T : IFloatingPointIeee754<T>
    {
        var inner = shape.Skip(axis + 1).Aggregate(1, (product, extent) => product * extent);
        var classes = shape[axis];
        var outer = scores.Length / Math.Max(1, inner * classes);
        var result = new int[outer * inner];
        for (var o = 0; o < outer; o++)
        {
            var chosen = result.AsSpan(o * inner, inner);
            var best = scores.AsSpan(o * classes * inner, inner).ToArray();
            for (var i = 0; i < inner; i++)
                chosen[i] = T.IsNaN(best[i]) ? None : 0;
            for (var c = 1; c < classes; c++)
            {
                var row = scores.AsSpan(((o * classes) + c) * inner, inner);
                for (var i = 0; i < inner; i++)
                {
                    if (row[i] > best[i])
                        (best[i], chosen[i]) = (row[i], c);
                    else if (T.IsNaN(row[i]))
                        (best[i], chosen[i]) = (T.NaN, None); // Nothing is larger than NaN, so it stays.
                }
            }
        }
        return result;
    }
}
