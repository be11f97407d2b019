using System.Buffers;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace QuantizeTasks.Data;

/// <summary>
/// An array of an npz archive, unpacked into a temporary file that vanishes with its handle. A deflated member has no random access, and unpacking it
/// into memory would make memory grow with the data.
/// </summary>
internal static class NpzMember
{
    /// <summary>Unpacks a member, stored or deflated.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="member">The array's name, with or without <c>.npy</c>; null for the only array.</param>
    public static SafeFileHandle Extract(string path, string? member)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var entry = Find(archive, path, member);
            using var stream = entry.Open();
            return Unpack(stream, entry);
        }
        catch (InvalidDataException e)
        {
            throw NpyHeader.Unreadable(path, $"it is not a sound npz archive ({e.Message.TrimEnd('.')})");
        }
    }

    private static ZipArchiveEntry Find(ZipArchive archive, string path, string? member)
    {
        var arrays = archive.Entries.Where(entry => entry.FullName.EndsWith(".npy", StringComparison.Ordinal)).ToList();
        var matches = member is null ? arrays : [.. arrays.Where(entry => entry.FullName == member || entry.FullName == member + ".npy")];
        if (matches is [var only])
            return only;
        var names = string.Join(", ", arrays.Select(entry => entry.FullName[..^4]).Order(StringComparer.Ordinal).Take(20));
        throw NpyHeader.Unreadable(path, member is null
            ? $"it has {arrays.Count} arrays; name one as '{Path.GetFileName(path)}#name' (it has: {names})"
            : $"it has no single array '{member}' (it has: {names})");
    }

    private static SafeFileHandle Unpack(Stream stream, ZipArchiveEntry entry)
    {
        var handle = VanishingFile.Create();
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            long total = 0;
            var crc = Crc32.Start;
            for (int read; (read = stream.Read(buffer)) > 0; total += read)
            {
                // The directory states the length: no archive may unpack to more than it says.
                if (total + read > entry.Length)
                    throw new InvalidDataException($"'{entry.FullName}' is longer than stated");
                crc = Crc32.Add(crc, buffer.AsSpan(0, read));
                RandomAccess.Write(handle, buffer.AsSpan(0, read), total);
            }
            if (total != entry.Length || Crc32.Finish(crc) != entry.Crc32)
                throw new InvalidDataException($"'{entry.FullName}' is damaged");
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
