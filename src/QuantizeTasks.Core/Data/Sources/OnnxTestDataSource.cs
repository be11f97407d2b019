using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>test_data:</c>.</summary>
internal sealed class OnnxTestDataSource(OnnxTestDataSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => [Path.Combine(source.Folder.Value, "**", "*")];

    public IEnumerable<string> FilesRead => OnnxTestDataLoader.Folders(source.Folder).SelectMany(FilesOf);

    public IDataLoader Open() => new OnnxTestDataLoader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        foreach (var input in source.Inputs)
            fingerprint.Add("input", input.Value);
        fingerprint.Add("label", source.LabelOutput ?? -1);
        foreach (var folder in OnnxTestDataLoader.Folders(source.Folder))
            foreach (var file in FilesOf(folder))
                fingerprint.Add($"{Path.GetFileName(folder)}/{Path.GetFileName(file)}", FileHash.Of(file, source.Folder.Position));
    }

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder, "*.pb").Order(StringComparer.Ordinal);
}
