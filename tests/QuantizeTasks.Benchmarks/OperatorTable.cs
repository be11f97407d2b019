using System.Globalization;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Benchmarks;

/// <summary>What each operator of some models takes, measured in turn.</summary>
internal static class OperatorTable
{
    public static int Print(string[] models, TextWriter output)
    {
        using var session = ModelSession.Open(models[0]);
        var random = new Random(1);
        var inputs = session.Inputs.ToDictionary(i => i.Name, i =>
        {
            int[] shape = [.. i.Shape.Select(d => Math.Max(1, d))];
            return Tensor.Create([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)], shape);
        }, StringComparer.Ordinal);
        var times = OperatorTimes.Measure([.. models.Select(m => (File.ReadAllBytes(m), m))], inputs, TimeSpan.FromSeconds(4), CancellationToken.None);
        for (var i = 0; i < models.Length; i++)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{models[i]}: {times[i].Sum(t => t.Typical):F0} us"));
            foreach (var time in times[i])
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.Typical,9:F1} {time.OperatorType,-28} {time.Name}"));
            foreach (var type in times[i].GroupBy(t => t.OperatorType).OrderByDescending(g => g.Sum(t => t.Typical)))
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{type.Sum(t => t.Typical),9:F1} {type.Count(),4} {type.Key}"));
        }
        return 0;
    }
}
