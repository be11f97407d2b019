using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace QuantizeTasks.Storage;

/// <summary>Reads a store's folder that may be anybody's: only files whose names are keys, and of those only what verifies.</summary>
internal static class StoreReader
{
    /// <summary>Reads all entries, one at a time, in the order of their keys.</summary>
    /// <param name="directory">The store's folder.</param>
    /// <param name="largest">How long an entry may be.</param>
    public static IEnumerable<EntryReading> Read(string directory, long largest) =>
        new StoreLayout(Path.GetFullPath(directory)).Entries().Select(file => Read(file, largest)).OfType<EntryReading>();

    /// <summary>What an entry says of itself, without its payload; false for a file that is no entry.</summary>
    public static bool TryReadHeader(FileInfo file, [NotNullWhen(true)] out EntryHeader? header)
    {
        header = null;
        try
        {
            if (file.Length < EntryFormat.HeaderSize)
                return false;
            using var stream = Open(file);
            return EntryFormat.TryReadHeader(stream, out header) && header.Key == file.Name && header.Length == stream.Length - EntryFormat.HeaderSize;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Null when the entry is gone: another process may have removed it.</summary>
    private static EntryReading? Read(FileInfo file, long largest)
    {
        try
        {
            if (file.Length > largest)
                return EntryReading.Refused(TooLarge(file.FullName, file.Length, largest));
            if (file.Length < EntryFormat.HeaderSize)
                return EntryReading.Refused(Damaged(file.FullName));
            using var stream = Open(file);
            return EntryFormat.TryReadHeader(stream, out var header) && header.Key == file.Name && header.Length == stream.Length - EntryFormat.HeaderSize
                && EntryFormat.TryReadPayload(stream, header, header.Length, out var value)
                ? EntryReading.Of(new StoredEntry(header.Key, header.Kind, value)) : EntryReading.Refused(Damaged(file.FullName));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return EntryReading.Refused($"'{file.FullName}' cannot be read: {e.Message}");
        }
    }

    internal static string TooLarge(string what, long bytes, long largest) =>
        string.Create(CultureInfo.InvariantCulture, $"'{what}' has {bytes} bytes, and this cache may have {largest} in all.");

    internal static string Damaged(string what) => $"'{what}' is damaged: its contents do not have its checksum.";

    private static FileStream Open(FileInfo file) => new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
}
