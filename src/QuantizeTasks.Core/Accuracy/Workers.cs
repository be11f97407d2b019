using System.Runtime.ExceptionServices;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// Runs independent pieces of work on a fixed number of threads. The pieces write to places of their own, so the result does not depend on
/// the number of threads, and neither does the error: that of the smallest index that failed is thrown as it is.
/// </summary>
internal static class Workers
{
    /// <summary>The number of workers an option stands for: as many as cores when 0.</summary>
    public static int Count(int option) => option > 0 ? option : Environment.ProcessorCount;

    /// <summary>Calls <paramref name="body"/> for 0 .. <paramref name="count"/> - 1.</summary>
    public static void For(int count, int workers, Action<int> body, CancellationToken cancellation)
    {
        var (next, failedAt) = (-1, int.MaxValue);
        ExceptionDispatchInfo? failure = null;
        var gate = new Lock();
        var threads = Enumerable.Range(1, Math.Clamp(count, 1, workers) - 1).Select(_ => new Thread(Work) { IsBackground = true }).ToArray();
        foreach (var thread in threads)
            thread.Start();
        Work();
        foreach (var thread in threads)
            thread.Join();
        failure?.Throw();
        cancellation.ThrowIfCancellationRequested();

        void Work()
        {
            // Indices are handed out in order, so every index below a failed one has been started and will report.
            while (Volatile.Read(ref failure) is null && !cancellation.IsCancellationRequested && Interlocked.Increment(ref next) is var i && i < count)
            {
                try
                {
                    body(i);
                }
#pragma warning disable CA1031 // every exception is carried to the caller's thread
                catch (Exception e)
#pragma warning restore CA1031
                {
                    lock (gate)
                        if (i < failedAt)
                            (failedAt, failure) = (i, ExceptionDispatchInfo.Capture(e));
                }
            }
        }
    }
}
