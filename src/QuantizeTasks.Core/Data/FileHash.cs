using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary>SHA-256 of files of a data source.</summary>
internal static class FileHash
{
    /// <param name="path">The file.</param>
    /// <param name="position">Where the manifest names it.</param>
    public static byte[] Of(string path, SourcePosition position)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return SHA256.HashData(stream);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path}'.", position, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path}' cannot be read: {e.Message}", position, e);
        }
    }

    /// <summary>Adds the number of files, and of each its name and contents.</summary>
    public static void AddAll(FingerprintBuilder fingerprint, IReadOnlyList<ImageFile> files, SourcePosition position)
    {
        var hashes = new byte[files.Count][];
        try
        {
            Parallel.For(0, hashes.Length, i => hashes[i] = Of(files[i].Path, position));
        }
        catch (AggregateException e)
        {
            throw e.InnerExceptions[0];
        }
        fingerprint.Add("count", hashes.Length);
        for (var i = 0; i < hashes.Length; i++)
            fingerprint.Add(files[i].Name, hashes[i]);
    }
}
