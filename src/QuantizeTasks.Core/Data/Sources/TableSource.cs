using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>csv:</c> and <c>jsonl:</c>.</summary>
internal sealed class TableSource(TableSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => [source.File.Value];

    public IDataLoader Open() => new TableLoader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        fingerprint.Add("file", FileHash.Of(source.File.Value, source.File.Position)).Add("separator", Path.GetExtension(source.File.Value)).Add("json", source.IsJson);
        foreach (var (input, columns) in source.Columns)
            AddColumns(fingerprint, "input " + input, columns.Select(c => c.Value));
        foreach (var (input, type) in source.Types)
            fingerprint.Add("type " + input, type.Value);
        AddAnnotations(fingerprint, source.Annotations);
    }

    /// <summary>Adds which columns are label and slice.</summary>
    public static void AddAnnotations(FingerprintBuilder fingerprint, RowAnnotations annotations)
    {
        AddColumns(fingerprint, "label", annotations.Label.Select(c => c.Value));
        fingerprint.Add("slice", annotations.Slice?.Value);
    }

    private static void AddColumns(FingerprintBuilder fingerprint, string name, IEnumerable<string> columns)
    {
        foreach (var column in columns)
            fingerprint.Add(name, column);
    }
}
