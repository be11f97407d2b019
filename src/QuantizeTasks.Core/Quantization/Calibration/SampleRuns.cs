using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>A model's outputs on some samples, in the samples' order whatever the number of workers.</summary>
internal static class SampleRuns
{
    /// <summary>Samples held at once, for each worker.</summary>
    private const int HeldPerWorker = 2;

    /// <summary>Runs lazily: a few samples at a time, as the results are asked for.</summary>
    /// <param name="session">The model.</param>
    /// <param name="data">The samples.</param>
    /// <param name="indices">Which of them.</param>
    /// <param name="workers">Samples in flight at once.</param>
    /// <param name="progress">Told how many samples of how many are done.</param>
    /// <param name="cancellation">Ends the runs early.</param>
    public static IEnumerable<IReadOnlyDictionary<string, Tensor>> Run(
        ModelSession session, IDataLoader data, ImmutableArray<int> indices, int workers, Action<long, long> progress, CancellationToken cancellation)
    {
        var done = 0;
        foreach (var batch in indices.Chunk(workers * HeldPerWorker))
        {
            var outputs = new IReadOnlyDictionary<string, Tensor>[batch.Length];
            var errors = new ExceptionDispatchInfo?[batch.Length];
            Parallel.For(0, batch.Length, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation }, i =>
            {
                try
                {
                    outputs[i] = session.Run(data.Load(batch[i]).Inputs);
                }
                catch (Exception e)
                {
                    errors[i] = ExceptionDispatchInfo.Capture(e);
                }
            });
            for (var i = 0; i < batch.Length; i++)
            {
                errors[i]?.Throw();
                yield return outputs[i];
            }
            progress(done += batch.Length, indices.Length);
        }
    }
}
