using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Accuracy;

/// <summary>A model as it lies on disk.</summary>
/// <param name="Path">The model file; external data may lie beside it.</param>
/// <param name="Sha256">Of the file itself.</param>
/// <param name="Fingerprint">Identifies its contents, external data included.</param>
/// <param name="Bytes">Size of all its files.</param>
/// <param name="Model">What it holds.</param>
internal sealed record ModelFile(string Path, string Sha256, string Fingerprint, long Bytes, OnnxModel Model)
{
    /// <summary>Reads a model file.</summary>
    /// <exception cref="QuantizeException">There is none, or it is not a valid model.</exception>
    public static ModelFile Read(string path)
    {
        var model = OnnxModel.Load(path);
        var external = OnnxModel.ExternalFiles(path);
        try
        {
            var hash = Hash(path);
            return new ModelFile(path, hash, Identify(hash, path, external), external.Prepend(path).Sum(Length), model);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.ModelUnreadable, $"'{path}' cannot be read: {e.Message}", new SourcePosition(path), e);
        }
    }

    /// <summary>Whether its files still hold what was read. Reads them all.</summary>
    public bool IsUnchanged()
    {
        try
        {
            return Identify(Hash(Path), Path, OnnxModel.ExternalFiles(Path)) == Fingerprint;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or QuantizeException)
        {
            return false;
        }
    }

    /// <summary>The hash of the file itself where that says it all, so that a model is known whether it comes as a file or as bytes.</summary>
    private static string Identify(string hash, string path, IReadOnlyList<string> external)
    {
        if (external.Count == 0)
            return hash;
        using var fingerprint = new FingerprintBuilder("model with external data/1");
        fingerprint.Add("model", hash);
        foreach (var file in external)
            fingerprint.Add(System.IO.Path.GetRelativePath(System.IO.Path.GetDirectoryName(path)!, file).Replace('\\', '/'), Hash(file));
        return fingerprint.Finish();
    }

    // Of what a link points to: the length in the directory is that of the link.
    private static long Length(string path)
    {
        using var file = File.OpenHandle(path);
        return RandomAccess.GetLength(file);
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
