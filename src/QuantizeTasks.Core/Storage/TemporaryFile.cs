namespace QuantizeTasks.Storage;

/// <summary>A file that is written under a name nobody reads and then moved to its real one, which file systems do in one step. Unless it was moved, disposing removes it.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private const string Suffix = ".tmp";

    // A living writer touches its file far more often; a younger one may be another process's that is still at work.
    private static readonly TimeSpan StaleAfter = TimeSpan.FromHours(1);
    private readonly string _path;
    private bool _moved;

    /// <summary>Creates an empty file.</summary>
    /// <param name="prefix">Folder and start of the name, on the same volume as the file it will become.</param>
    public TemporaryFile(string prefix)
    {
        _path = $"{prefix}{Guid.NewGuid():N}{Suffix}";
        Stream = new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Where the content is written.</summary>
    public FileStream Stream { get; }

    /// <summary>Gives the file its real name, replacing what is there.</summary>
    /// <param name="path">The real name.</param>
    /// <param name="flushToDisk">Whether the bytes must be on the medium before the move, so that a power cut cannot leave an empty file under the real name.</param>
    public void MoveTo(string path, bool flushToDisk)
    {
        Stream.Flush(flushToDisk);
        Stream.Dispose();
        for (var attempt = 1; !_moved; attempt++)
        {
            try
            {
                File.Move(_path, path, overwrite: true);
                _moved = true;
            }
            catch (Exception e) when (OperatingSystem.IsWindows() && attempt < 20 && (e is UnauthorizedAccessException || e.GetType() == typeof(IOException)))
            {
                // Windows refuses to replace a file while somebody (a reader, a virus scanner) has it open; that passes.
                Thread.Sleep(10 * attempt);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        finally
        {
            if (!_moved)
                TryDelete(_path);
        }
    }

    /// <summary>Removes what killed runs left behind under the given prefix.</summary>
    public static void DeleteStale(string prefix)
    {
        try
        {
            foreach (var file in new DirectoryInfo(Path.GetDirectoryName(prefix)!).EnumerateFiles("*" + Suffix))
                if (file.Name.StartsWith(Path.GetFileName(prefix), StringComparison.Ordinal) && DateTime.UtcNow - file.LastWriteTimeUtc > StaleAfter)
                    TryDelete(file.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tidying is no reason to fail; what matters fails at the write itself.
        }
    }

    /// <summary>Deletes a file if it is there and can be deleted.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
