using System.Buffers.Binary;
using System.Globalization;

namespace QuantizeTasks.Storage;

/// <summary>
/// Entries in one file: magic "QTZA", format version (uint32), then for each entry the byte 1 and the entry as it lies in a store, then the byte 0 and the number of entries (int64); little-endian.
/// There are no names in it, so nothing in it can lead out of the store that it is read into.
/// </summary>
internal static class StoreArchive
{
    /// <summary>What such files are called in the documentation; any other name will do.</summary>
    public const string Extension = ".qtzcache";

    private const uint Magic = 0x415A_5451;
    private const uint Version = 1;
    private const byte Another = 1;
    private const byte End = 0;

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <returns>How many entries it has.</returns>
    public static int Write(string path, IEnumerable<StoredEntry> entries)
    {
        var count = 0;
        AtomicFile.Write(path, stream =>
        {
            Span<byte> number = stackalloc byte[8];
            BinaryPrimitives.WriteUInt32LittleEndian(number, Magic);
            BinaryPrimitives.WriteUInt32LittleEndian(number[4..], Version);
            stream.Write(number);
            foreach (var entry in entries)
            {
                stream.WriteByte(Another);
                stream.Write(EntryFormat.Header(entry.Key, entry.Kind, entry.Value));
                stream.Write(entry.Value);
                count++;
            }
            stream.WriteByte(End);
            BinaryPrimitives.WriteInt64LittleEndian(number, count);
            stream.Write(number);
        });
        return count;
    }

    /// <summary>Reads a file's entries, one at a time. After damage that hides where the next entry begins there are no more.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largest">How long an entry may be.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<EntryReading> Read(string path, long largest)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var start = new byte[8];
        if (stream.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8 || BinaryPrimitives.ReadUInt32LittleEndian(start) != Magic || BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(4)) != Version)
        {
            yield return EntryReading.Refused($"'{path}' is no exported cache of this version.");
            yield break;
        }
        long count = 0;
        for (var mark = stream.ReadByte(); mark == Another; mark = stream.ReadByte(), count++)
        {
            var position = stream.Position;
            if (!EntryFormat.TryReadHeader(stream, out var header) || header.Length < 0 || header.Length > stream.Length - stream.Position)
            {
                yield return Damaged(path, position);
                yield break;
            }
            var next = stream.Position + header.Length;
            if (header.Length > largest)
                yield return EntryReading.Refused(StoreReader.TooLarge(header.Key, header.Length, largest));
            else if (EntryFormat.TryReadPayload(stream, header, header.Length, out var value))
                yield return EntryReading.Of(new StoredEntry(header.Key, header.Kind, value));
            else
                yield return EntryReading.Refused(StoreReader.Damaged(header.Key));
            stream.Position = next;
        }
        if (stream.Position < 9 || !EndsHere(stream, count))
            yield return Damaged(path, stream.Position);
    }

    /// <summary>The number of entries tells a file that was cut off between two of them from a whole one.</summary>
    private static bool EndsHere(FileStream stream, long count)
    {
        Span<byte> number = stackalloc byte[8];
        stream.Position--;
        return stream.ReadByte() == End && stream.ReadAtLeast(number, 8, throwOnEndOfStream: false) == 8 && BinaryPrimitives.ReadInt64LittleEndian(number) == count && stream.Position == stream.Length;
    }

    private static EntryReading Damaged(string path, long position) =>
        EntryReading.Refused(string.Create(CultureInfo.InvariantCulture, $"'{path}' is damaged or cut off at byte {position}; nothing behind it can be read."));
}
