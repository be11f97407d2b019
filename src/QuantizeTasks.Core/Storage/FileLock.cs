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
            catch (IOException e) when (IsHeld(e))
            {
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

    /// <summary>
    /// A sharing violation has no exception type of its own. Its number is EWOULDBLOCK of flock(2) on Linux and on macOS, and ERROR_SHARING_VIOLATION or ERROR_LOCK_VIOLATION on Windows; anything else,
    /// such as a file system that became read-only, would not go away by waiting.
    /// </summary>
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x8007_0020) or unchecked((int)0x8007_0021);

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _stream.Dispose();
}
