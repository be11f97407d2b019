using System.Security.Cryptography;

namespace QuantizeTasks.Storage;

/// <summary>Where things lie in a store's folder: an entry in one of 256 folders by the first two digits of its key.</summary>
/// <param name="Directory">The store's folder, absolute.</param>
internal sealed record StoreLayout(string Directory)
{
    /// <summary>What is being written: one folder for all, so that what killed runs left is found by listing one folder instead of 256.</summary>
    public string Incoming => Path.Combine(Directory, "incoming");

    /// <summary>The file of a key. The key becomes a path, so its form is not left to trust.</summary>
    /// <exception cref="ArgumentException">It is no key.</exception>
    public string EntryPath(string key) => IsKey(key) ? Path.Combine(Directory, key[..2], key) : throw new ArgumentException("A key is 64 lower-case hexadecimal digits.", nameof(key));

    /// <summary>The lock that changes of an entry take; shared by all entries of its folder.</summary>
    public string EntryLock(string key) => Path.Combine(Directory, "locks", "entries", key[..2] + ".lock");

    /// <summary>The files of all entries, in the order of their keys. What else lies in the folder is not looked at; folders that vanish meanwhile have no entries.</summary>
    public IEnumerable<FileInfo> Entries()
    {
        for (var i = 0; i < 256; i++)
        {
            var folder = new DirectoryInfo(Path.Combine(Directory, Convert.ToHexStringLower([(byte)i])));
            FileInfo[] files;
            try
            {
                files = folder.Exists ? [.. folder.EnumerateFiles().Where(f => IsKey(f.Name) && f.Name.StartsWith(folder.Name, StringComparison.Ordinal)).OrderBy(f => f.Name, StringComparer.Ordinal)] : [];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            foreach (var file in files)
                yield return file;
        }
    }

    /// <summary>Whether the folder is a store's: one has been opened there, or there is an entry.</summary>
    public bool IsThere() => System.IO.Directory.Exists(Incoming) || Entries().Any();

    private static bool IsKey(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower);
}
