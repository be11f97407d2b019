using System.Diagnostics.CodeAnalysis;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Storage;

/// <summary>
/// Results by the fingerprint of everything they depend on. Many threads, processes and machines may use one folder at once: entries appear whole, in one step, and two writers
/// of one key write the same thing. A damaged entry counts as absent; nothing is ever believed without its checksum.
/// </summary>
internal sealed class ContentStore
{
    /// <summary>What a store may hold when nobody says: as much as a compiler cache (ccache) takes by default.</summary>
    public const long DefaultLimit = 5_000_000_000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private readonly StoreLayout _layout;
    private readonly long _limit;
    private long _unmeasured;

    /// <summary>Opens a store, making its folder if need be.</summary>
    /// <param name="directory">Its folder.</param>
    /// <param name="limit">How many bytes of entries it may hold; beyond, those that were used longest ago are removed.</param>
    /// <exception cref="QuantizeException">The folder cannot be made (QTZ6001).</exception>
    public ContentStore(string directory, long limit = DefaultLimit)
    {
        _layout = new StoreLayout(Path.GetFullPath(directory));
        _limit = limit;
        // The first entry that is put has the store measured: other processes may have filled it.
        _unmeasured = (limit / 10) + 1;
        try
        {
            Directory.CreateDirectory(_layout.Incoming);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }

        TemporaryFile.DeleteStale(_layout.Incoming + Path.DirectorySeparatorChar);
    }

    /// <summary>The value of a key, if there is an undamaged one. A damaged one is removed.</summary>
    /// <param name="key">64 lower-case hexadecimal digits, as <see cref="FingerprintBuilder.Finish"/> gives them.</param>
    /// <param name="value">The value that was put.</param>
    public bool TryGet(string key, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        var entry = new FileInfo(_layout.EntryPath(key));
        try
        {
            if (!entry.Exists)
                return false;
            // Looking at the length first also keeps a pipe that lies there from being opened, which would wait for a writer for ever.
            if (entry.Length >= EntryFormat.HeaderSize && TryRead(entry, out value))
            {
                Eviction.Touch(entry);
                return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing is known of the entry, so it is left alone: the next reader may have better luck, and a writer replaces it.
            return false;
        }

        TemporaryFile.TryDelete(entry.FullName);
        return false;

        bool TryRead(FileInfo file, [NotNullWhen(true)] out byte[]? payload)
        {
            payload = null;
            // Opening for others to delete lets a writer replace the entry on Windows while it is read here.
            using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return EntryFormat.TryReadHeader(stream, out var header) && header.Key == key && header.Length == stream.Length - EntryFormat.HeaderSize
                && EntryFormat.TryReadPayload(stream, header, header.Length, out payload);
        }
    }

    /// <summary>Stores a value, replacing the one there is.</summary>
    /// <param name="key">64 lower-case hexadecimal digits, as <see cref="FingerprintBuilder.Finish"/> gives them.</param>
    /// <param name="kind">What it is, for people who look into the store.</param>
    /// <param name="value">The value; written as it lies in memory, never copied.</param>
    /// <exception cref="QuantizeException">The store cannot be written (QTZ6001).</exception>
    public void Put(string key, string kind, ReadOnlySpan<byte> value)
    {
        var path = _layout.EntryPath(key);
        var header = EntryFormat.Header(key, kind, value);
        try
        {
            try
            {
                Write(path, key, header, value);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (!Clear(path))
                    throw;
                Write(path, key, header, value);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
        if (Interlocked.Add(ref _unmeasured, header.Length + value.Length) <= _limit / 10)
            return;
        Interlocked.Exchange(ref _unmeasured, 0);
        Eviction.Trim(_layout, _limit);
    }

    /// <summary>Removes a value that must not be believed any more.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="QuantizeException">It cannot be removed (QTZ6001).</exception>
    public void Remove(string key)
    {
        using var turn = TryLock(key);
        try
        {
            File.Delete(_layout.EntryPath(key));
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    /// <summary>
    /// Changes a value so that no other process's change is lost. Where the lock cannot be had (another process hangs, a file system without locks) the change is made all the same: what is
    /// lost then is computed again.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="change">Gives the new value for the present one, which is null when there is none.</param>
    /// <exception cref="QuantizeException">The store cannot be written (QTZ6001).</exception>
    public void Update(string key, string kind, Func<byte[]?, byte[]> change)
    {
        using var turn = TryLock(key);
        Put(key, kind, change(TryGet(key, out var value) ? value : null));
    }

    private void Write(string path, string key, byte[] header, ReadOnlySpan<byte> value)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(_layout.Incoming);
        using var file = new TemporaryFile(Path.Combine(_layout.Incoming, key + "."));
        file.Stream.Write(header);
        file.Stream.Write(value);

        // No flush to the medium: an entry that a power cut damages is found by its checksum.
        file.MoveTo(path, flushToDisk: false);
    }

    /// <summary>Removes what lies in an entry's way and is none: a folder in its place, or a file in the place of its folder. False when there is nothing of the kind.</summary>
    private static bool Clear(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else if (File.Exists(folder))
            File.Delete(folder);
        else
            return false;
        return true;
    }

    private FileLock? TryLock(string key)
    {
        try
        {
            return FileLock.Acquire(_layout.EntryLock(key), LongestWait, CancellationToken.None);
        }
        catch (QuantizeException)
        {
            return null;
        }
    }

    private QuantizeException Unusable(Exception reason) => new(
        DiagnosticCodes.StoreUnusable,
        $"The cache folder '{_layout.Directory}' cannot be used: {reason.Message} Give another one with --cache-directory or the environment variable QUANTIZE_CACHE_DIRECTORY.",
        new SourcePosition(_layout.Directory), reason);
}
