using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;

namespace QuantizeTasks.Data;

/// <summary>Samples that are folders <c>test_data_set_N</c>, in the order of N.</summary>
internal sealed class OnnxTestDataLoader : IDataLoader
{
    private const string Prefix = "test_data_set_";
    private readonly OnnxTestDataSourceSpecification _source;
    private readonly IReadOnlyList<string> _folders;
    private readonly int _inputs;

    public OnnxTestDataLoader(OnnxTestDataSourceSpecification source)
    {
        _source = source;
        _folders = Folders(source.Folder);
        _inputs = source.Inputs.IsEmpty ? CountFiles(_folders[0], "input") : source.Inputs.Length;
        if (_inputs == 0)
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"'{_folders[0]}' has no 'input_0.pb'.", source.Folder.Position);
    }

    public int Count => _folders.Count;

    /// <summary>The folders, of which there is at least one.</summary>
    public static IReadOnlyList<string> Folders(Located<string> folder)
    {
        if (!Directory.Exists(folder.Value))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no folder '{folder.Value}'.", folder.Position);
        var found = Directory.EnumerateDirectories(folder.Value, Prefix + "*")
            .Select(path => (Path: path, Number: int.TryParse(Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1))
            .Where(set => set.Number >= 0).OrderBy(set => set.Number).ThenBy(set => set.Path, StringComparer.Ordinal).Select(set => set.Path).ToList();
        return found.Count > 0 ? found : throw new QuantizeException(DiagnosticCodes.DataNotFound, $"'{folder.Value}' has no folder '{Prefix}0' and so on.", folder.Position);
    }

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var folder = _folders[index];
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        for (var i = 0; i < _inputs; i++)
        {
            var (own, value) = Read(folder, FormattableString.Invariant($"input_{i}.pb"));
            var name = _source.Inputs.IsEmpty ? _inputs == 1 && own.Length == 0 ? "" : own : _source.Inputs[i].Value;
            if (name.Length == 0 && _inputs > 1)
                throw new QuantizeException(DiagnosticCodes.MissingKey, $"'input_{i}.pb' of '{folder}' carries no name. Name the model's inputs with 'inputs'.", _source.Position);
            if (!inputs.TryAdd(name, FiniteTensor.Require(value, name, folder)))
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"Two inputs of '{folder}' are named '{name}'.", _source.Position);
        }
        return new Sample(Path.GetFileName(folder), inputs, _source.LabelOutput is { } label ? Read(folder, FormattableString.Invariant($"output_{label}.pb")).Value : null);
    }

    private static int CountFiles(string folder, string kind)
    {
        var count = 0;
        while (File.Exists(Path.Combine(folder, FormattableString.Invariant($"{kind}_{count}.pb"))))
            count++;
        return count;
    }

    private (string Name, Tensor Value) Read(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? TensorFile.Read(path) : throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path}'.", _source.Folder.Position);
    }
}
