using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are texts, as tokens.</summary>
internal sealed class TextLoader : IDataLoader
{
    private readonly ITable _table;
    private readonly TableAnnotations _annotations;
    private readonly TokenizerSpecification _settings;
    private readonly ITokenizer _tokenizer;

    public TextLoader(TextSourceSpecification source)
    {
        _settings = source.Tokenizer;
        _table = Open(source.File);
        var isPlain = _table is LineTable;
        if (isPlain && (_settings.Text ?? _settings.Pair ?? source.Annotations.Slice ?? source.Annotations.Label.FirstOrDefault()) is { } column)
            throw new QuantizeException(DiagnosticCodes.ConflictingKeys, $"'{source.File.Value}' has a text a line and no columns, so there is no '{column.Value}'. Use a .csv, .tsv or .jsonl file.", column.Position);
        if (!isPlain && _settings.Text is null)
            throw new QuantizeException(DiagnosticCodes.MissingKey, $"'tokenizer.text' is missing: the column of the texts. There are {string.Join(", ", _table.Columns.Take(20))}.", source.Position);
        foreach (var used in ((Located<string>?[])[_settings.Text, _settings.Pair]).OfType<Located<string>>())
            TableAnnotations.Require(_table, used);
        _annotations = new TableAnnotations(_table, source.Annotations).Check();
        _tokenizer = _settings.Kind.Value == "wordpiece" ? new WordPiece(_settings.Vocabulary, _settings.LowerCase) : new ExtensionsTokenizer(_settings);
    }

    public int Count => _table.Count;

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var row = _table.Read(index);
        var (ids, segments) = _tokenizer.Encode(Text(row, _settings.Text, index) ?? "", _settings.Pair is null ? null : Text(row, _settings.Pair, index), _settings.Length?.Value ?? int.MaxValue);
        var length = _settings.Length?.Value ?? ids.Length;
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Add(inputs, _settings.Inputs.Ids, ids, length, _settings.PadId);
        Add(inputs, _settings.Inputs.Mask, Array.ConvertAll(ids, _ => 1L), length, 0);
        Add(inputs, _settings.Inputs.Segments, segments, length, 0);
        return new Sample(FormattableString.Invariant($"row {index} (line {_table.Position(index).Line})"), inputs, _annotations.Label(row, index), _annotations.Slice(row));
    }

    private static ITable Open(Located<string> file) => Path.GetExtension(file.Value).ToUpperInvariant() switch
    {
        ".TXT" => new LineTable(file.Value, file.Position),
        ".CSV" or ".TSV" => new CsvTable(file.Value, file.Position),
        ".JSONL" or ".NDJSON" => new JsonLinesTable(file.Value, file.Position),
        _ => throw new QuantizeException(DiagnosticCodes.UnknownName, $"Texts are in a .txt, .csv, .tsv or .jsonl file, not '{file.Value}'.", file.Position),
    };

    private string? Text(IRow row, Located<string>? column, int index) => row[column?.Value ?? ""] switch
    {
        { Values: [var text], Shape.Length: 0 } => text,
        _ => throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The row has no text in '{column?.Value}'.", _table.Position(index)),
    };

    private void Add(Dictionary<string, Tensor> inputs, string? name, long[] values, int length, int padding)
    {
        if (name is null)
            return;
        long[] padded = [.. values, .. Enumerable.Repeat((long)padding, length - values.Length)];
        inputs[name] = _settings.Type == "int32" ? Tensor.Create(Array.ConvertAll(padded, id => (int)id), 1, length) : Tensor.Create(padded, 1, length);
    }
}
