using QuantizeTasks.Inference;

namespace QuantizeTasks.Benchmarks;

/// <summary>Something to feed a model with when only its speed matters; open extents are 1.</summary>
internal static class RandomInputs
{
    public static Dictionary<string, Tensor> For(ModelSession session)
    {
        var random = new Random(1);
        return session.Inputs.ToDictionary(i => i.Name, i =>
        {
            int[] shape = [.. i.Shape.Select(d => Math.Max(1, d))];
            return Tensor.Create([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)], shape);
        }, StringComparer.Ordinal);
    }
}
