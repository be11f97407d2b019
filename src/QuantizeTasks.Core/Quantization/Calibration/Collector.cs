using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Runs the float model on the calibration samples and reduces what flows through the observed tensors.</summary>
internal static class Collector
{
    /// <summary>Reduces the observed tensors. Memory does not grow with the number of samples, and the result does not depend on the number of workers.</summary>
    /// <param name="prepared">The float model.</param>
    /// <param name="observations">The tensors.</param>
    /// <param name="data">The calibration samples.</param>
    /// <param name="parameters">Says which of the samples, and whether reductions are made inside the runtime.</param>
    /// <param name="workers">Samples in flight at once; at least 1.</param>
    /// <param name="progress">Told how many samples of how many are done.</param>
    /// <param name="cancellation">Ends the collection early.</param>
    /// <exception cref="QuantizeException">No samples, a value that is not finite, or the model cannot be run on a sample.</exception>
    public static CalibrationStatistics Collect(
        PreparedModel prepared, ImmutableArray<Observation> observations, IDataLoader data, DefaultQuantizationParameters parameters, int workers, Action<long, long> progress, CancellationToken cancellation)
    {
        var indices = SampleSubset.Select(data.Count, parameters);
        if (observations.IsEmpty)
            return new(indices.Length, ImmutableSortedDictionary.Create<string, TensorStatistics>(StringComparer.Ordinal));
        var atOnce = SamplesAtOnce(prepared, parameters);
        // The runtime's reductions are over all axes, so of several samples at once whole tensors are taken.
        var observed = ObservedModel.Create(prepared.Model, observations, parameters.InplaceStatistics && atOnce == 1);
        var accumulators = observations.Select(observation => new TensorAccumulator(observation)).ToArray();
        using var session = ModelSession.Create(observed.Model);
        // Batches bound what is in flight; within one the order of completion is free, and the reduction below is in order.
        var done = 0;
        foreach (var batch in indices.Chunk(atOnce).Chunk(Math.Max(1, workers) * 4))
        {
            var samples = new (ObservedSample[]? Samples, ExceptionDispatchInfo? Error)[batch.Length];
            Parallel.For(0, batch.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, workers), CancellationToken = cancellation }, i =>
            {
                try
                {
                    samples[i].Samples = atOnce == 1
                        ? [ObservedSample.Run(session, observed, observations, accumulators, data.Load(batch[i][0]))]
                        : ObservedBatch.Run(session, observed, observations, accumulators, [.. batch[i].Select(data.Load)]);
                }
                catch (Exception e)
                {
                    samples[i].Error = ExceptionDispatchInfo.Capture(e);
                }
            });
            foreach (var (found, error) in samples)
            {
                error?.Throw();
                foreach (var sample in found!)
                    for (var i = 0; i < accumulators.Length; i++)
                        accumulators[i].Add(sample.Name, sample.Values[i]);
            }
            progress(done += batch.Sum(one => one.Length), indices.Length);
        }
        return new(indices.Length, observations.Zip(accumulators).ToImmutableSortedDictionary(pair => pair.First.Tensor, pair => pair.Second.Finish(), StringComparer.Ordinal));
    }

    /// <summary><c>stat_batch_size</c>, where the first axis of every input is open; a model with a fixed batch is fed sample by sample.</summary>
    private static int SamplesAtOnce(PreparedModel prepared, DefaultQuantizationParameters parameters)
    {
        var graph = prepared.Model.Graph.Proto;
        var constants = graph.Initializer.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        var isOpen = graph.Input.Where(input => !constants.Contains(input.Name)).All(input => input.Type?.TensorType?.Shape?.Dim is [{ HasDimValue: false }, ..]);
        return isOpen ? parameters.StatBatchSize?.Value ?? 1 : 1;
    }
}
