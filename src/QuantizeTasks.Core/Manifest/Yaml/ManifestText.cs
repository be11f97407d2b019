using System.Text;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest.Yaml;

/// <summary>The text of a manifest file.</summary>
internal static class ManifestText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file as UTF-8, with or without a byte order mark.</summary>
    /// <exception cref="QuantizeException">There is no such file (QTZ1001), or it is too large or not UTF-8 (QTZ1002).</exception>
    public static string Read(string path)
    {
        var bytes = ReadBytes(path);
        var text = bytes.AsSpan();
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + text[..Math.Clamp(e.Index, 0, text.Length)].Count((byte)'\n');
            throw new QuantizeException(DiagnosticCodes.ManifestSyntax, "The manifest is not valid UTF-8 text. Save it as UTF-8.", new SourcePosition(path, line, 1), e);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var buffer = new byte[YamlLimits.Bytes + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > YamlLimits.Bytes)
                throw new QuantizeException(DiagnosticCodes.ManifestSyntax, $"The manifest is larger than {YamlLimits.Bytes} bytes. Is this a manifest?", new SourcePosition(path));
            return buffer[..length];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QuantizeException(DiagnosticCodes.ManifestNotFound, "There is no such manifest. Check the path.", new SourcePosition(path), e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException && Directory.Exists(path))
        {
            throw new QuantizeException(DiagnosticCodes.ManifestNotFound, "This is a folder. Name the manifest in it.", new SourcePosition(path), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.ManifestNotFound, $"The manifest cannot be read: {e.Message}", new SourcePosition(path), e);
        }
    }
}
