using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Which calibration samples are used: the first <c>stat_subset_size</c>, or as many drawn with <c>seed</c> when <c>shuffle_data</c> is set.</summary>
internal static class SampleSubset
{
    /// <summary>Indices in ascending order, each once.</summary>
    /// <exception cref="QuantizeException">There is not one sample.</exception>
    public static ImmutableArray<int> Select(int count, DefaultQuantizationParameters parameters)
    {
        if (count <= 0)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, "The calibration data has no samples; ranges of activations cannot be found without any.");
        var size = Math.Min(count, parameters.StatSubsetSize?.Value ?? count);
        if (size <= 0)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, $"stat_subset_size is {size}; calibration needs at least one sample.", parameters.StatSubsetSize?.Position);
        var indices = Enumerable.Range(0, count).ToArray();
        if (parameters.ShuffleData)
            new Random(parameters.Seed).Shuffle(indices);
        return [.. indices.Take(size).Order()];
    }
}
