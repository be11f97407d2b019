using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Storage;

/// <summary>Writes files that are either complete or not there: a killed or failing run never leaves a half-written one.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file, making its folder if need be and replacing what is there.</summary>
    /// <exception cref="QuantizeException">The file cannot be written (QTZ6002).</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        path = Path.GetFullPath(path);
        try
        {
            using var file = Begin(path);
            file.Stream.Write(content);
            file.MoveTo(path, flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <summary>Writes a file through a stream, making its folder if need be and replacing what is there. An exception of <paramref name="write"/> leaves the old file as it was.</summary>
    /// <exception cref="QuantizeException">The file cannot be written (QTZ6002).</exception>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        try
        {
            using var file = Begin(path);
            write(file.Stream);
            file.MoveTo(path, flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    // Beside the target, because a move is one step only within a volume; with a leading dot, because build globs and people should not see it.
    private static TemporaryFile Begin(string path)
    {
        var folder = Path.GetDirectoryName(path) ?? throw new IOException("It is the root of a volume.");
        var prefix = Path.Combine(folder, $".{Path.GetFileName(path)}.");
        Directory.CreateDirectory(folder);
        TemporaryFile.DeleteStale(prefix);
        return new TemporaryFile(prefix);
    }

    private static QuantizeException NotWritable(string path, Exception reason) =>
        new(DiagnosticCodes.OutputNotWritable, $"'{path}' cannot be written: {reason.Message}", new SourcePosition(path), reason);
}
