using System.Diagnostics;
using System.Security.Cryptography;

namespace QuantizeTasks.Inference;

/// <summary>Which native libraries compute here.</summary>
internal static class RuntimeBinaries
{
    /// <summary>SHA-256 over the contents of the ONNX Runtime libraries that are loaded, and of another one that is not loaded yet. Where they lie does not matter.</summary>
    /// <param name="other">Such as that of the Extensions; null when there is none.</param>
    public static string Fingerprint(string? other)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in Loaded().Append(other).OfType<string>().DistinctBy(Path.GetFileName).OrderBy(Path.GetFileName, StringComparer.Ordinal))
        {
            using var file = File.OpenRead(path);
            all.AppendData(SHA256.HashData(file));
        }
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    // The managed API has a similar name, and its contents are part of nothing that is computed.
    private static IEnumerable<string> Loaded() => Process.GetCurrentProcess().Modules.Cast<ProcessModule>()
        .Where(m => m.ModuleName.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase) && !m.ModuleName.StartsWith("Microsoft.", StringComparison.OrdinalIgnoreCase)).Select(m => m.FileName);
}
