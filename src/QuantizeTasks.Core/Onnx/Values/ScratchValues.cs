using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Onnx.Values;

/// <summary>
/// Keeps what a run computes, weights of another type or in int8, out of memory when it is large: in files of the folder for temporary files, which
/// disappear with the values, and with the process however it ends.
/// </summary>
internal static class ScratchValues
{
    /// <summary>Below this a file is not worth it: a network of a hundred megabytes has no tensor as large.</summary>
    public const int SmallestInFile = 32 << 20;

    private static readonly Lazy<string> Prefix = new(() =>
    {
        var prefix = Path.Combine(Path.GetTempPath(), "quantize-tasks.values.");
        TemporaryFile.DeleteStale(prefix);
        return prefix;
    });

    /// <summary>The bytes, copied to memory or to a file.</summary>
    /// <exception cref="QuantizeException">The folder for temporary files cannot be written, or is full.</exception>
    public static ByteString Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SmallestInFile)
            return ByteString.CopyFrom(bytes);
        try
        {
            var stream = new FileStream($"{Prefix.Value}{Guid.NewGuid():N}.tmp", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            try
            {
                RandomAccess.Write(stream.SafeFileHandle, bytes, 0);
                if (!OperatingSystem.IsWindows())
                    // Windows deletes it when the last handle is closed, by whatever; elsewhere what is open needs no name.
                    File.Delete(stream.Name);
                return MappedFile.Open(stream).Slice(0, bytes.Length);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.OutputNotWritable,
                $"Large weights are kept in the folder for temporary files, '{Path.GetTempPath()}', and it cannot be written: {e.Message} Make room, or choose another folder with the environment variable {(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")}.", innerException: e);
        }
    }
}
