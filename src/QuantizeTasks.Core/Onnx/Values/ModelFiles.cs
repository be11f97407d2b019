using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Onnx.Values;

/// <summary>
/// The files of a model: itself and, when its values are outside, a second one that has their hash in its name. No file system replaces two files in one step,
/// but none has to: other values get another name, and replacing the model alone switches from one pair to the other.
/// </summary>
internal static class ModelFiles
{
    private const string Extension = ".data";
    private const int HashDigits = 16;

    /// <summary>The file of values of a model that lies at a path; null when it has none.</summary>
    public static string? ValuesPath(string path, SerializedModel model)
    {
        if (model.Values.IsEmpty)
            return null;
        using var fingerprint = new FingerprintBuilder("values of a model/1");
        foreach (var value in model.Values)
            fingerprint.Add(value.Offset.ToString(CultureInfo.InvariantCulture), value.Hash);
        return $"{path}.{fingerprint.Finish()[..HashDigits]}{Extension}";
    }

    /// <summary>Writes a model, values first: whoever opens the model meanwhile gets the old pair or the new one.</summary>
    /// <returns>The files of the model, itself last.</returns>
    /// <exception cref="QuantizeException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Save(SerializedModel model, string path)
    {
        var values = WriteValues(model, path);
        AtomicFile.Write(path, Message(model, values));
        DeleteValues(path, except: values);
        return values is null ? [path] : [values, path];
    }

    /// <summary>Writes the file of values, if there is to be one. Nobody sees it before a model names it.</summary>
    public static string? WriteValues(SerializedModel model, string path)
    {
        var values = ValuesPath(path, model);
        if (values is not null)
            AtomicFile.Write(values, model.WriteValues);
        return values;
    }

    /// <summary>The bytes of the model's own file.</summary>
    public static byte[] Message(SerializedModel model, string? values) => values is null ? model.Message : model.MessageFor(Path.GetFileName(values));

    /// <summary>Removes a model, itself first.</summary>
    /// <exception cref="IOException">The model cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">The model cannot be removed.</exception>
    public static void Delete(string path)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            return;
        File.Delete(path);
        DeleteValues(path, except: null);
    }

    /// <summary>Removes files of values that a model at this path has had. One that is still in use stays, and harms nobody.</summary>
    public static void DeleteValues(string path, string? except)
    {
        var full = Path.GetFullPath(path);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(full)!, $"{Path.GetFileName(full)}.*{Extension}"))
            if (file != except && IsValues(full, file))
                TemporaryFile.TryDelete(file);
    }

    private static bool IsValues(string path, string file) =>
        file.Length == path.Length + 1 + HashDigits + Extension.Length && file.StartsWith(path + ".", StringComparison.Ordinal)
        && file[(path.Length + 1)..^Extension.Length].All(char.IsAsciiHexDigitLower);
}
