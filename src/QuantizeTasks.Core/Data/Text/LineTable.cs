using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>A text file as a table of one column without a name, a row a line.</summary>
internal sealed class LineTable(string path, SourcePosition position) : ITable
{
    private readonly RowFile _rows = RowFile.Open(path, quotes: false, position);

    public int Count => _rows.Count;

    public IReadOnlyList<string> Columns => [""];

    public SourcePosition Position(int index) => _rows.Position(index);

    public IRow Read(int index) => new Row(_rows.Read(index));

    private sealed record Row(string Text) : IRow
    {
        public Cell? this[string column] => new Cell([Text], []);
    }
}
