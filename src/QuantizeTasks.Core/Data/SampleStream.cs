namespace QuantizeTasks.Data;

/// <summary>Reads samples ahead of whoever uses them: decoding and preprocessing run beside inference, and never more than a few samples are held.</summary>
internal static class SampleStream
{
    /// <summary>Samples read and not yet taken, per worker. Two keep a worker busy while the consumer is slow with one sample, whatever the order they end in.</summary>
    private const int AheadPerWorker = 2;

    /// <summary>Reads the samples of <paramref name="indices"/> in that order.</summary>
    /// <param name="loader">The data set.</param>
    /// <param name="indices">Which samples.</param>
    /// <param name="workers">How many samples are loaded at once; the number of cores when 0. At most twice as many samples are held.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <remarks>What a loader throws surfaces as it is, when its sample's turn comes. A consumer that stops early waits for the loads under way and no others.</remarks>
    public static IEnumerable<Sample> Read(IDataLoader loader, IReadOnlyList<int> indices, int workers, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        return Enumerate(loader, indices, workers == 0 ? Environment.ProcessorCount : workers, cancellation);
    }

    private static IEnumerable<Sample> Enumerate(IDataLoader loader, IReadOnlyList<int> indices, int workers, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var slots = new SemaphoreSlim(workers);
        var ahead = new Queue<Task<Sample>>(workers * AheadPerWorker);
        try
        {
            for (var next = 0; next < indices.Count || ahead.Count > 0;)
            {
                for (; next < indices.Count && ahead.Count < workers * AheadPerWorker; next++)
                    ahead.Enqueue(LoadAsync(loader, indices[next], slots, stop.Token));
                yield return ahead.Dequeue().GetAwaiter().GetResult();
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            stop.Cancel();
            // Observed, so that no failure of a sample nobody asked for any more surfaces on the finalizer thread.
            Task.WhenAll(ahead).ContinueWith(all => all.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    private static async Task<Sample> LoadAsync(IDataLoader loader, int index, SemaphoreSlim slots, CancellationToken cancellation)
    {
        await slots.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // Off the consumer's thread even when a slot is free at once.
            return await Task.Run(() => loader.Load(index), cancellation).ConfigureAwait(false);
        }
        finally
        {
            slots.Release();
        }
    }
}
