namespace QuantizeTasks.Storage;

/// <summary>
/// Keeps a store's size: the entries that were used longest ago go first. The time of the last use is the file's time of modification, because times of access are switched off or coarse on most
/// systems. Nothing keeps another process from using what is removed: readers have an entry whole in memory, and one that is gone is computed again.
/// </summary>
internal static class Eviction
{
    /// <summary>How much of the limit is left when something is removed, so that not every new entry removes another one.</summary>
    private const double Target = 0.9;

    /// <summary>A use within this time of the last one is not recorded: writing to the file system at every read would cost more than the order is worth.</summary>
    private static readonly TimeSpan Precision = TimeSpan.FromHours(1);

    /// <summary>Records that an entry was used. Somebody else's file may not allow that, and is then removed as if it had not been used.</summary>
    public static void Touch(FileInfo entry)
    {
        try
        {
            if (DateTime.UtcNow - entry.LastWriteTimeUtc > Precision)
                File.SetLastWriteTimeUtc(entry.FullName, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Removes entries until a store that is larger than its limit is well below it.</summary>
    /// <returns>The number of bytes removed.</returns>
    public static long Trim(StoreLayout layout, long limit)
    {
        var entries = layout.Entries().Select(Measure).Where(e => e.Bytes >= 0).ToList();
        var total = entries.Sum(e => e.Bytes);
        if (total <= limit)
            return 0;
        long removed = 0;
        foreach (var (path, bytes, _) in entries.OrderBy(e => e.LastUse).ThenBy(e => e.Path, StringComparer.Ordinal))
        {
            if (total - removed <= limit * Target)
                break;
            TemporaryFile.TryDelete(path);
            removed += bytes;
        }
        return removed;
    }

    /// <summary>An entry that another process removed meanwhile has -1 bytes.</summary>
    private static (string Path, long Bytes, DateTime LastUse) Measure(FileInfo file)
    {
        try
        {
            return (file.FullName, file.Length, file.LastWriteTimeUtc);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (file.FullName, -1, default);
        }
    }
}
