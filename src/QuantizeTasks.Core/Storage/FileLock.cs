using System.Diagnostics;
using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Storage;

/// <summary>
/// Mutual exclusion between processes (and threads) by holding a file open exclusively. The operating system releases it when the process ends, however it ends.
/// The lock file itself stays: deleting it would let two processes hold "the same" lock, one on the deleted file.
/// </summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Waits until the lock is free and takes it.</summary>
    /// <param name="path">The lock file; made if need be, with its folder.</param>
    /// <param name="timeout">How long to wait for another holder.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QuantizeException">Somebody holds the lock all that time (QTZ6003), or the file cannot be made (QTZ6002).</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static FileLock Acquire(string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        var waited = Stopwatch.StartNew();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path) ?? path);
                return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
            }
            catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(path))
            {
                // A sharing violation has no exception type of its own, and its error number differs between platforms.
                if (waited.Elapsed >= timeout)
                    throw new QuantizeException(
                        DiagnosticCodes.LockTimeout,
                        string.Create(CultureInfo.InvariantCulture, $"Another process has held the lock file '{path}' for {timeout.TotalSeconds:0.#} seconds: {e.Message} Wait for it or end it, then build again."),
                        new SourcePosition(path), e);
                cancellationToken.WaitHandle.WaitOne(Poll);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new QuantizeException(DiagnosticCodes.OutputNotWritable, $"The lock file '{path}' cannot be made: {e.Message}", new SourcePosition(path), e);
            }
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _stream.Dispose();
}
