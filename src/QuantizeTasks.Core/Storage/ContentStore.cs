using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Storage;

/// <summary>
/// Results by the fingerprint of everything they depend on. Many threads and processes may use one folder at once: entries appear whole, in one step, and two writers
/// of one key write the same thing. A damaged entry counts as absent; nothing is ever believed without its checksum.
/// </summary>
internal sealed class ContentStore
{
    private readonly string _directory;
    private readonly string _incoming;

    /// <summary>Opens a store, making its folder if need be.</summary>
    /// <exception cref="QuantizeException">The folder cannot be made (QTZ6001).</exception>
    public ContentStore(string directory)
    {
        _directory = Path.GetFullPath(directory);

        // One folder for what is being written, not the entry's own: what killed runs left is found by listing one folder instead of 256.
        _incoming = Path.Combine(_directory, "incoming");
        try
        {
            Directory.CreateDirectory(_incoming);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }

        TemporaryFile.DeleteStale(_incoming + Path.DirectorySeparatorChar);
    }

    /// <summary>The value of a key, if there is an undamaged one. A damaged one is removed.</summary>
    /// <param name="key">64 lower-case hexadecimal digits, as <see cref="FingerprintBuilder.Finish"/> gives them.</param>
    /// <param name="value">The value that was put.</param>
    public bool TryGet(string key, [NotNullWhen(true)] out byte[]? value)
    {
        value = null;
        var path = PathOf(key);
        try
        {
            // Opening for others to delete lets a writer replace the entry on Windows while it is read here.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (EntryFormat.TryRead(stream, Convert.FromHexString(key), out value))
                return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            value = null;
        }

        TemporaryFile.TryDelete(path);
        return false;
    }

    /// <summary>Stores a value, replacing the one there is.</summary>
    /// <param name="key">64 lower-case hexadecimal digits, as <see cref="FingerprintBuilder.Finish"/> gives them.</param>
    /// <param name="value">The value; written as it lies in memory, never copied.</param>
    /// <exception cref="QuantizeException">The store cannot be written (QTZ6001).</exception>
    public void Put(string key, ReadOnlySpan<byte> value)
    {
        var path = PathOf(key);
        var header = EntryFormat.Header(Convert.FromHexString(key), value);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Directory.CreateDirectory(_incoming);
            using var file = new TemporaryFile(Path.Combine(_incoming, key + "."));
            file.Stream.Write(header);
            file.Stream.Write(value);

            // No flush to the medium: an entry that a power cut damages is found by its checksum.
            file.MoveTo(path, flushToDisk: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    // The key becomes a path, so its form is not left to trust.
    private string PathOf(string key)
    {
        if (key.Length != 2 * SHA256.HashSizeInBytes || !key.All(char.IsAsciiHexDigitLower))
            throw new ArgumentException("A key is 64 lower-case hexadecimal digits.", nameof(key));
        return Path.Combine(_directory, key[..2], key);
    }

    private QuantizeException Unusable(Exception reason) => new(
        DiagnosticCodes.StoreUnusable,
        $"The cache folder '{_directory}' cannot be used: {reason.Message} Give another one with --cache-directory or the environment variable QUANTIZE_CACHE_DIRECTORY.",
        new SourcePosition(_directory), reason);
}
