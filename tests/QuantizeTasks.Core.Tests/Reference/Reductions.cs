using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Reference;

/// <summary>Reductions and normalizations.</summary>
internal static class Reductions
{
    public static Dictionary<string, ReferenceRuntime.Operator> Operators { get; } = new(StringComparer.Ordinal)
    {
        ["ReduceMean"] = (n, x) => [Reduce(n, x, v => v.Average())],
        ["ReduceSum"] = (n, x) => [Reduce(n, x, v => v.Sum())],
        ["ReduceMax"] = (n, x) => [Reduce(n, x, v => v.Max())],
        ["ReduceMin"] = (n, x) => [Reduce(n, x, v => v.Min())],
        ["Softmax"] = (n, x) => [Lines(x[0]!, x[0]!.Axis(n.Int("axis", -1)), Softmax)],
        ["LayerNormalization"] = (n, x) => [LayerNormalization(n, x)],
    };

    private static Values Reduce(NodeProto node, Values?[] inputs, Func<List<double>, double> reduce)
    {
        var x = inputs[0]!;
        var axes = (inputs.ElementAtOrDefault(1) is { } given ? given.Data.Select(a => (long)a) : node.Ints("axes") ?? Enumerable.Range(0, x.Rank).Select(a => (long)a)).Select(x.Axis).ToHashSet();
        int[] kept = [.. x.Shape.Select((extent, axis) => axes.Contains(axis) ? 1 : extent)];
        var groups = Enumerable.Range(0, kept.Aggregate(1, (a, b) => a * b)).Select(_ => new List<double>()).ToArray();
        foreach (var at in x.Indices())
            groups[at.Select((i, axis) => axes.Contains(axis) ? 0 : i).Zip(kept).Aggregate(0, (offset, p) => (offset * p.Second) + p.First)].Add(x[at]);
        var y = new Values(kept, [.. groups.Select(reduce)]);
        return node.Int("keepdims", 1) != 0 ? y : y.Reshape([.. kept.Where((_, axis) => !axes.Contains(axis))]);
    }

    private static Values LayerNormalization(NodeProto node, Values?[] inputs)
    {
        var (x, scale, bias) = (inputs[0]!, inputs[1]!, inputs.ElementAtOrDefault(2));
        if (x.Axis(node.Int("axis", -1)) != x.Rank - 1)
            throw new NotSupportedException("LayerNormalization over more than the last axis");
        var normal = Lines(x, x.Rank - 1, v =>
        {
            var mean = v.Average();
            var deviation = Math.Sqrt(v.Average(e => (e - mean) * (e - mean)) + node.Float("epsilon", 1e-5f));
            return [.. v.Select(e => (e - mean) / deviation)];
        });
        var scaled = Values.Combine(normal, scale, (a, b) => a * b);
        return bias is null ? scaled : Values.Combine(scaled, bias, (a, b) => a + b);
    }

    private static double[] Softmax(double[] values)
    {
        var exponents = values.Select(v => Math.Exp(v - values.Max())).ToArray();
        return [.. exponents.Select(e => e / exponents.Sum())];
    }

    /// <summary>Every line along an axis, replaced.</summary>
    private static Values Lines(Values x, int axis, Func<double[], double[]> f)
    {
        var y = Values.Zeros(x.Shape);
        foreach (var at in Values.Indices([.. x.Shape.Select((extent, i) => i == axis ? 1 : extent)]))
        {
            int[] From(int k) => [.. at.Select((i, a) => a == axis ? k : i)];
            var line = f([.. Enumerable.Range(0, x.Shape[axis]).Select(k => x[From(k)])]);
            for (var k = 0; k < line.Length; k++)
                y[From(k)] = line[k];
        }
        return y;
    }
}
