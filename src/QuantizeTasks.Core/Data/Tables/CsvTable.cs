using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>A .csv or .tsv file whose first row names the columns.</summary>
internal sealed class CsvTable : ITable
{
    private readonly RowFile _rows;
    private readonly char _separator;
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);

    public CsvTable(string path, SourcePosition position)
    {
        _separator = System.IO.Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';
        _rows = RowFile.Open(path, quotes: true, position);
        if (_rows.Count == 0)
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, "The table is empty; its first line must name the columns.", new SourcePosition(path, 1, 1));
        Columns = [.. Split(0).Select(name => name.Trim())];
        for (var i = 0; i < Columns.Count; i++)
            if (!_columns.TryAdd(Columns[i], i))
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The column '{Columns[i]}' is there twice.", _rows.Position(0));
    }

    public int Count => _rows.Count - 1;

    public IReadOnlyList<string> Columns { get; }

    public SourcePosition Position(int index) => _rows.Position(index + 1);

    public IRow Read(int index)
    {
        var fields = Split(index + 1);
        return fields.Count == Columns.Count ? new Row(_columns, fields)
            : throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The row has {fields.Count} fields, not {Columns.Count} as the header.", Position(index));
    }

    private List<string> Split(int row) => CsvReader.Split(_rows.Read(row), _rows.Path, _rows.Position(row).Line, _separator);

    private sealed record Row(Dictionary<string, int> Columns, List<string> Fields) : IRow
    {
        public Cell? this[string column] => Columns.TryGetValue(column, out var index) && Fields[index].Trim() is { Length: > 0 } value ? new Cell([value], []) : null;
    }
}
