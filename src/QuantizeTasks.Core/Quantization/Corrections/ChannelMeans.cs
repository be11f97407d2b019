using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>Means over samples of what the runtime has averaged within each.</summary>
internal static class ChannelMeans
{
    /// <param name="samples">The outputs of each sample.</param>
    /// <param name="names">Which of them.</param>
    /// <param name="outputs">What they are the means of, for messages.</param>
    /// <exception cref="QuantizeException">A mean is not finite.</exception>
    public static double[][] Of(IEnumerable<IReadOnlyDictionary<string, Tensor>> samples, string[] names, LayerOutput[] outputs)
    {
        var sums = new double[names.Length][];
        var count = 0;
        foreach (var sample in samples)
        {
            for (var i = 0; i < names.Length; i++)
            {
                var values = sample[names[i]].As<float>();
                sums[i] ??= new double[values.Length];
                for (var c = 0; c < values.Length; c++)
                    sums[i][c] += float.IsFinite(values[c]) ? values[c]
                        : throw new QuantizeException(DiagnosticCodes.ValueNotFinite, $"On a calibration sample the output '{outputs[i].Tensor}' of '{outputs[i].Layer.Name}' holds a value that is not finite, so its bias cannot be corrected. Check the samples, or keep the operator in float (ignored.scope).");
            }
            count++;
        }
        return [.. sums.Select(s => s.Select(v => v / count).ToArray())];
    }
}
