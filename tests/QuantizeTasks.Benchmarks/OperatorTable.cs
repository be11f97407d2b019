using System.Globalization;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Benchmarks;

/// <summary>What each operator of some models takes, measured in turn.</summary>
internal static class OperatorTable
{
    public static int Print(string[] models, TextWriter output)
    {
        using var session = ModelSession.Open(models[0]);
        var inputs = RandomInputs.For(session);
        var times = OperatorTimes.Measure([.. models.Select(m => (SerializedModel.Of(File.ReadAllBytes(m)), m))], inputs, TimeSpan.FromSeconds(4), CancellationToken.None);
        for (var i = 0; i < models.Length; i++)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{models[i]}: {times[i].Sum(t => t.Typical):F0} \u00b5s"));
            foreach (var time in times[i])
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.Typical,9:F1} {time.OperatorType,-28} {time.Name}"));
            foreach (var type in times[i].GroupBy(t => t.OperatorType).OrderByDescending(g => g.Sum(t => t.Typical)))
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{type.Sum(t => t.Typical),9:F1} {type.Count(),4} {type.Key}"));
        }
        return 0;
    }
}
