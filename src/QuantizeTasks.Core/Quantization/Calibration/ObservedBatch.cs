using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Runs several samples at once (POT's <c>stat_batch_size</c>) and takes them apart again: each counts as if it had been run alone.</summary>
internal static class ObservedBatch
{
    /// <param name="session">An observed model whose outputs are whole tensors.</param>
    /// <param name="observed">What its outputs are.</param>
    /// <param name="observations">What is observed.</param>
    /// <param name="accumulators">Whose histograms take the samples at once.</param>
    /// <param name="samples">Of equal shapes, each with a first axis of 1.</param>
    /// <exception cref="QuantizeException">The samples do not fit together, a tensor does not have them along its first axis, or a value is not finite.</exception>
    public static ObservedSample[] Run(ModelSession session, ObservedModel observed, ImmutableArray<Observation> observations, IReadOnlyList<TensorAccumulator> accumulators, Sample[] samples)
    {
        var results = samples.Select(sample => new ObservedSample(sample.Name, [.. observations.Select(o => new float[o.Reductions.Length][])])).ToArray();
        session.Run(Stack(samples), [.. observed.Outputs.Select(output => output.Name)], (i, elements, shape) =>
        {
            var index = observed.Outputs[i].Observation;
            if (shape.IsEmpty || shape[0] != samples.Length)
                throw new QuantizeException(DiagnosticCodes.ShapeMismatch,
                    $"With stat_batch_size {samples.Length} the first axis of the tensor '{observations[index].Tensor}' is not that of the samples, so what belongs to which is not known. Remove stat_batch_size.");
            long[] one = [1, .. shape[1..]];
            var length = elements.Length / samples.Length;
            for (var s = 0; s < samples.Length; s++)
            {
                var part = elements.Slice(s * length, length);
                ObservedSample.CheckFinite(part, observations[index], samples[s]);
                ObservedSample.ReduceWhole(observations[index], part, one, results[s].Values[index]);
            }
            accumulators[index].Histogram?.Add(elements);
        });
        foreach (var result in results)
            for (var i = 0; i < observations.Length; i++)
                ObservedSample.DeriveMagnitudes(observations[i].Reductions, result.Values[i]);
        return results;
    }

    private static Dictionary<string, Tensor> Stack(Sample[] samples)
    {
        var stacked = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, first) in samples[0].Inputs)
        {
            var parts = samples.Select(sample => sample.Inputs[name]).ToArray();
            if (parts.FirstOrDefault(part => part.Shape is not [1, ..] || !part.Shape.SequenceEqual(first.Shape)) is { } other)
                throw new QuantizeException(DiagnosticCodes.ShapeMismatch,
                    $"stat_batch_size needs calibration samples of one shape that begins with 1, but the input '{name}' is {other} in one and {first} in another. Remove stat_batch_size.");
            int[] shape = [samples.Length, .. first.Shape.Skip(1)];
            stacked[name] = Type.GetTypeCode(first.ElementType) switch
            {
                TypeCode.Single => Concatenate<float>(parts, shape),
                TypeCode.Int64 => Concatenate<long>(parts, shape),
                TypeCode.Int32 => Concatenate<int>(parts, shape),
                TypeCode.Byte => Concatenate<byte>(parts, shape),
                TypeCode.Boolean => Concatenate<bool>(parts, shape),
                TypeCode.Double => Concatenate<double>(parts, shape),
                _ => throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"stat_batch_size cannot put {first.ElementType.Name} inputs together ('{name}'). Remove it."),
            };
        }
        return stacked;
    }

    private static Tensor Concatenate<T>(Tensor[] parts, int[] shape) => Tensor.Create([.. parts.SelectMany(part => part.As<T>())], shape);
}
