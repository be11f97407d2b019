using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>
/// A model on its way to where the app will find it: written beside its place under a name that nobody looks for, read back for the verdict, and only
/// then moved there in one step. Unless it is committed nothing is left, also not what an earlier run put there. A file of values that goes with it has
/// its name from the start: as long as no model names it, nobody looks for it either.
/// </summary>
internal sealed class Publication : IDisposable
{
    private readonly TemporaryFile _file;
    private readonly bool _isValuesNew;
    private bool _committed;

    private Publication(string path, string? values, bool isValuesNew, TemporaryFile file) => (Path, Values, _isValuesNew, _file) = (path, values, isValuesNew, file);

    /// <summary>Where the model will be.</summary>
    public string Path { get; }

    /// <summary>The file of values beside it; null when the model is one file.</summary>
    public string? Values { get; }

    /// <summary>Writes a model beside its place.</summary>
    /// <exception cref="QuantizeException">The folder or a file cannot be written.</exception>
    public static Publication Stage(string path, SerializedModel model)
    {
        try
        {
            var folder = System.IO.Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            var prefix = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(path)}.");
            TemporaryFile.DeleteStale(prefix);
            // The same values have the same name: they may be those of the model that is there now.
            var isNew = ModelFiles.ValuesPath(path, model) is { } name && !File.Exists(name);
            var values = ModelFiles.WriteValues(model, path);
            var publication = new Publication(path, values, isNew, new TemporaryFile(prefix));
            try
            {
                publication._file.Stream.Write(ModelFiles.Message(model, values));
                publication._file.Stream.Flush(flushToDisk: true);
                return publication;
            }
            catch
            {
                publication.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <summary>What is on the disk now, values included.</summary>
    public SerializedModel ReadBack()
    {
        var message = ReadMessage();
        return Values is null ? SerializedModel.Of(message) : OnnxModel.ParseBeside(message, Path).Serialize();
    }

    /// <summary>SHA-256 of the model's own file, once it has been read back.</summary>
    public string Sha256 { get; private set; } = "";

    /// <summary>Size of all files, once they have been read back.</summary>
    public long Bytes { get; private set; }

    private byte[] ReadMessage()
    {
        try
        {
            _file.Stream.Position = 0;
            var bytes = new byte[_file.Stream.Length];
            _file.Stream.ReadExactly(bytes);
            Bytes = bytes.Length + (Values is null ? 0 : new FileInfo(Values).Length);
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
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
            _committed = true;
            ModelFiles.DeleteValues(Path, except: Values);
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
            ModelFiles.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _file.Dispose();
        }
        finally
        {
            if (!_committed && _isValuesNew)
                TemporaryFile.TryDelete(Values!);
        }
    }

    private static QuantizeException NotWritable(string path, Exception reason) =>
        new(DiagnosticCodes.OutputNotWritable, $"'{path}' cannot be written: {reason.Message}", new SourcePosition(path), reason);
}
