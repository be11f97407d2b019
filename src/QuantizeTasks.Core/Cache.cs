using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>Looking after a store of finished work: what it holds, emptying it, carrying it to another machine.</summary>
public static class Cache
{
    /// <summary>How many bytes a store may hold when nobody says.</summary>
    public const long DefaultLimit = ContentStore.DefaultLimit;

    /// <summary>Says what a store holds. One that does not exist is empty, and stays away.</summary>
    public static CacheDescription Describe(string directory)
    {
        var layout = new StoreLayout(Path.GetFullPath(directory));
        var kinds = new SortedDictionary<string, CacheKind>(StringComparer.Ordinal);
        var damaged = 0;
        DateTimeOffset? oldest = null, newest = null;
        foreach (var file in layout.Entries())
        {
            if (!StoreReader.TryReadHeader(file, out var header))
            {
                damaged++;
                continue;
            }
            var kind = kinds.GetValueOrDefault(header.Kind) ?? new CacheKind(header.Kind, 0, 0);
            kinds[header.Kind] = kind with { Entries = kind.Entries + 1, Bytes = kind.Bytes + EntryFormat.HeaderSize + header.Length };
            DateTimeOffset used = file.LastWriteTimeUtc;
            (oldest, newest) = (used < oldest ? used : oldest ?? used, used > newest ? used : newest ?? used);
        }
        return new CacheDescription(layout.Directory, [.. kinds.Values], damaged, oldest, newest);
    }

    /// <summary>Removes entries, and what killed runs left. Runs that are going on compute again what they miss.</summary>
    /// <param name="directory">The store's folder.</param>
    /// <param name="unusedFor">Only what was not used for so long; everything when null.</param>
    /// <returns>How many entries were removed, and their bytes.</returns>
    /// <exception cref="QuantizeException">The folder cannot be used (QTZ6001).</exception>
    public static (int Entries, long Bytes) Clear(string directory, TimeSpan? unusedFor)
    {
        var layout = new StoreLayout(Path.GetFullPath(directory));
        if (!Directory.Exists(layout.Directory))
            return (0, 0);
        _ = new ContentStore(layout.Directory);
        var (entries, bytes, now) = (0, 0L, DateTime.UtcNow);
        foreach (var file in layout.Entries().Where(f => unusedFor is not { } age || now - f.LastWriteTimeUtc > age))
        {
            var length = file.Length;
            TemporaryFile.TryDelete(file.FullName);
            if (File.Exists(file.FullName))
                continue;
            (entries, bytes) = (entries + 1, bytes + length);
        }
        return (entries, bytes);
    }

    /// <summary>Writes all entries to a file, or adds them to the store in another folder.</summary>
    /// <param name="directory">The store's folder.</param>
    /// <param name="target">A folder when it exists as one or ends with a separator, else a file.</param>
    /// <returns>How many entries were written.</returns>
    /// <exception cref="QuantizeException">The target cannot be written, or is the store itself.</exception>
    public static int Export(string directory, string target)
    {
        var entries = StoreReader.Read(directory, long.MaxValue).Select(r => r.Entry).OfType<StoredEntry>();
        if (!Directory.Exists(target) && !Path.EndsInDirectorySeparator(target))
            return StoreArchive.Write(target, entries);
        RequireDifferent(directory, target);
        var store = new ContentStore(target, long.MaxValue);
        var count = 0;
        foreach (var entry in entries)
        {
            Take(store, entry);
            count++;
        }
        return count;
    }

    /// <summary>Adds the entries of an exported file or of a store's folder. Every one is verified; what two stores know of the same thing is put together.</summary>
    /// <param name="directory">The store's folder.</param>
    /// <param name="source">The file or folder.</param>
    /// <param name="limit">How many bytes the store may hold.</param>
    /// <exception cref="QuantizeException">The source is not there or is a folder that is no cache (QTZ6020), or the store cannot be written (QTZ6001).</exception>
    public static CacheImport Import(string directory, string source, long limit = DefaultLimit)
    {
        var isFolder = Directory.Exists(source);
        if (!isFolder && !File.Exists(source))
            throw new QuantizeException(DiagnosticCodes.CacheNotImported, $"There is no file or folder '{source}' to take finished work from.", new SourcePosition(source));
        RequireDifferent(directory, source);
        if (isFolder)
            RequireCache(source);
        var store = new ContentStore(directory, limit);
        var (counts, refused) = (new int[3], ImmutableArray.CreateBuilder<string>());
        try
        {
            foreach (var reading in isFolder ? StoreReader.Read(source, limit) : StoreArchive.Read(source, limit))
                if (reading.Entry is { } entry)
                    counts[(int)Take(store, entry)]++;
                else
                    refused.Add(reading.Problem!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.CacheNotImported, $"'{source}' cannot be read: {e.Message}", new SourcePosition(source), e);
        }
        return new CacheImport(counts[(int)Taken.Added], counts[(int)Taken.Merged], counts[(int)Taken.Known], refused.ToImmutable());
    }

    private static Taken Take(ContentStore store, StoredEntry entry)
    {
        if (store.TryGet(entry.Key, out var present) && (entry.Kind != ObservationStore.Kind || present.AsSpan().SequenceEqual(entry.Value)))
            return Taken.Known;
        var taken = Taken.Added;
        store.Update(entry.Key, entry.Kind, known =>
        {
            taken = known is null ? Taken.Added : Taken.Merged;
            return known is null ? entry.Value : entry.Kind == ObservationStore.Kind ? ObservationStore.Merge(known, entry.Value) : known;
        });
        return taken;
    }

    private static void RequireDifferent(string directory, string other)
    {
        if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(other)))
            throw new QuantizeException(DiagnosticCodes.CacheNotImported, $"'{other}' is the cache itself.", new SourcePosition(other));
    }

    /// <summary>A folder that is not what somebody meant would otherwise count as a cache without entries, and nobody would know why everything is computed again.</summary>
    private static void RequireCache(string source)
    {
        if (new StoreLayout(Path.GetFullPath(source)).IsThere())
            return;
        string[] found;
        try
        {
            found = [.. Directory.EnumerateFileSystemEntries(source).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.CacheNotImported, $"'{source}' cannot be read: {e.Message}", new SourcePosition(source), e);
        }
        var meant = found.FirstOrDefault(name => name.EndsWith(StoreArchive.Extension, StringComparison.OrdinalIgnoreCase) || new StoreLayout(Path.GetFullPath(Path.Combine(source, name))).IsThere());
        var names = string.Join(", ", found.Take(3).Select(name => $"'{name}'")) + (found.Length > 3 ? " and more" : "");
        throw new QuantizeException(DiagnosticCodes.CacheNotImported, $"The folder '{source}' is no cache: it {(found.Length == 0 ? "is empty" : $"holds {names}")}. "
            + (meant is null ? "Name a cache's folder, or a file that `cache export` wrote." : $"Is '{Path.Combine(source, meant)}' meant?"), new SourcePosition(source));
    }

    private enum Taken
    {
        Added,
        Merged,
        Known,
    }
}
