using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>
/// A model on its way to where the app will find it: written beside its place under a name that nobody looks for, read back for the verdict, and only
/// then moved there in one step. Unless it is committed nothing is left, also not what an earlier run put there.
/// </summary>
internal sealed class Publication : IDisposable
{
    private readonly TemporaryFile _file;

    private Publication(string path, TemporaryFile file) => (Path, _file) = (path, file);

    /// <summary>Where the model will be.</summary>
    public string Path { get; }

    /// <summary>Writes a model beside its place.</summary>
    /// <exception cref="QuantizeException">The folder or the file cannot be written.</exception>
    public static Publication Stage(string path, ReadOnlySpan<byte> model)
    {
        try
        {
            var folder = System.IO.Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            var prefix = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(path)}.");
            TemporaryFile.DeleteStale(prefix);
            var file = new TemporaryFile(prefix);
            file.Stream.Write(model);
            file.Stream.Flush(flushToDisk: true);
            return new Publication(path, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <summary>The bytes that are on the disk now.</summary>
    public byte[] ReadBack()
    {
        try
        {
            _file.Stream.Position = 0;
            var bytes = new byte[_file.Stream.Length];
            _file.Stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            throw NotWritable(Path, e);
        }
    }

    /// <summary>Puts the model in its place, over what is there.</summary>
    public void Commit()
    {
        try
        {
            _file.MoveTo(Path, flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(Path, e);
        }
    }

    /// <summary>Removes what an earlier run published, so that nobody takes it for the result of this one.</summary>
    public static void Withdraw(string path)
    {
        try
        {
            if (Directory.Exists(System.IO.Path.GetDirectoryName(path)))
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static QuantizeException NotWritable(string path, Exception reason) =>
        new(DiagnosticCodes.OutputNotWritable, $"'{path}' cannot be written: {reason.Message}", new SourcePosition(path), reason);
}
