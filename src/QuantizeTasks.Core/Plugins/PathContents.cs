using System.Security.Cryptography;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Plugins;

/// <summary>What lies at a path that a plug-in reads, as a text that differs when it changes.</summary>
internal static class PathContents
{
    /// <summary>SHA-256 of a file, or of the names and contents of all files below a folder; the same wherever it lies.</summary>
    public static string Fingerprint(string path)
    {
        using var fingerprint = new FingerprintBuilder("path/1");
        fingerprint.Add("file", File.Exists(path)).Add("folder", Directory.Exists(path));
        string[] files = File.Exists(path) ? [path] : Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
        foreach (var file in files)
        {
            using var stream = File.OpenRead(file);
            fingerprint.Add(file == path ? "" : Path.GetRelativePath(path, file).Replace('\\', '/'), SHA256.HashData(stream));
        }
        return fingerprint.Finish();
    }
}
