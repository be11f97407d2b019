using System.Collections.Immutable;
using System.Numerics.Tensors;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>What one sample showed.</summary>
/// <param name="Name">What the data calls the sample.</param>
/// <param name="Values">For each observation and each of its reductions, in order: one value, or one a channel.</param>
internal sealed record ObservedSample(string Name, float[][][] Values)
{
    /// <summary>Runs the observed model on a sample; the histograms of <paramref name="accumulators"/>, and nothing else of them, take the sample at once.</summary>
    /// <exception cref="QuantizeException">A value is not finite, or the model cannot be run.</exception>
    public static ObservedSample Run(ModelSession session, ObservedModel observed, ImmutableArray<Observation> observations, IReadOnlyList<TensorAccumulator> accumulators, Sample sample)
    {
        var values = observations.Select(observation => new float[observation.Reductions.Length][]).ToArray();
        session.Run(sample.Inputs, [.. observed.Outputs.Select(output => output.Name)], (i, elements, shape) =>
        {
            var (observation, reduction) = (observations[observed.Outputs[i].Observation], observed.Outputs[i].Reduction);
            CheckFinite(elements, observation, sample);
            var results = values[observed.Outputs[i].Observation];
            if (reduction is null)
            {
                ReduceWhole(observation, elements, shape, results);
                accumulators[observed.Outputs[i].Observation].Histogram?.Add(elements);
            }
            else if (observation.Reductions.IndexOf(reduction.Value) is >= 0 and var index)
                results[index] = elements.ToArray();
        });
        for (var i = 0; i < values.Length; i++)
            DeriveMagnitudes(observations[i].Reductions, values[i]);
        return new(sample.Name, values);
    }

    /// <exception cref="QuantizeException">A value is not finite, or there is none.</exception>
    public static void CheckFinite(ReadOnlySpan<float> elements, Observation observation, Sample sample)
    {
        if (!elements.IsEmpty && !TensorPrimitives.IsFiniteAll(elements))
            throw new QuantizeException(DiagnosticCodes.ValueNotFinite,
                $"On the calibration sample '{sample.Name}' the tensor '{observation.Tensor}' holds a value that is not finite, so it has no range. Check the sample and its preprocessing, or keep the operator that computes the tensor in float (ignored.scope).");
        if (elements.IsEmpty)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"On the calibration sample '{sample.Name}' the tensor '{observation.Tensor}' is empty, so it has no range. Leave the sample out.");
    }

    /// <summary>What the runtime has not reduced itself.</summary>
    public static void ReduceWhole(Observation observation, ReadOnlySpan<float> elements, ReadOnlySpan<long> shape, float[][] results)
    {
        for (var i = 0; i < results.Length; i++)
            if (results[i] is null && observation.Reductions[i].Kind != ReductionKind.AbsoluteMaximum)
                results[i] = TensorReduction.Reduce(observation.Reductions[i], elements, shape);
    }

    /// <summary>The largest absolute value follows from the smallest and the largest value.</summary>
    public static void DeriveMagnitudes(ImmutableArray<Reduction> reductions, float[][] results)
    {
        for (var i = 0; i < results.Length; i++)
        {
            if (reductions[i].Kind != ReductionKind.AbsoluteMaximum)
                continue;
            var lows = results[reductions.IndexOf(reductions[i] with { Kind = ReductionKind.Minimum })];
            var highs = results[reductions.IndexOf(reductions[i] with { Kind = ReductionKind.Maximum })];
            results[i] = [.. lows.Zip(highs, (low, high) => Math.Max(Math.Abs(low), Math.Abs(high)))];
        }
    }
}
