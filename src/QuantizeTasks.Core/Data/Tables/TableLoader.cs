using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are rows of a table.</summary>
internal sealed class TableLoader : IDataLoader
{
    private readonly ITable _table;
    private readonly TableAnnotations _annotations;
    private readonly SortedDictionary<string, (string[] Columns, string Type)> _inputs = new(StringComparer.Ordinal);

    public TableLoader(TableSourceSpecification source)
    {
        _table = source.IsJson ? new JsonLinesTable(source.File.Value, source.File.Position) : new CsvTable(source.File.Value, source.File.Position);
        if (_table.Count == 0)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, $"'{source.File.Value}' has no row.", source.File.Position);
        _annotations = new TableAnnotations(_table, source.Annotations).Check();
        string Type(string input) => source.Types.TryGetValue(input, out var type) ? type.Value : "float32";
        foreach (var (input, columns) in source.Columns)
        {
            foreach (var column in columns)
                TableAnnotations.Require(_table, column);
            _inputs[input] = ([.. columns.Select(c => c.Value)], Type(input));
        }
        if (_inputs.Count == 0)
            _inputs[""] = ([.. _table.Columns.Where(c => !_annotations.Contains(c))], source.Types.IsEmpty ? "float32" : Type(source.Types.Keys.First()));
        if (_inputs.Values.Any(input => input.Columns.Length == 0))
            throw new QuantizeException(DiagnosticCodes.MissingKey, "There is no column but label and slice, so there is nothing to feed.", source.Position);
        foreach (var (input, type) in source.Types.Where(t => source.Columns.Count > 0 && !source.Columns.ContainsKey(t.Key)))
            throw new QuantizeException(DiagnosticCodes.UnknownName, $"'types' names '{input}', which 'columns' does not have.{DidYouMean.Hint(input, source.Columns.Keys)}", type.Position);
    }

    public int Count => _table.Count;

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var row = _table.Read(index);
        var position = _table.Position(index);
        return new Sample(FormattableString.Invariant($"row {index} (line {position.Line})"),
            _inputs.ToDictionary(input => input.Key, input => Input(row, input.Value.Columns, input.Value.Type, position), StringComparer.Ordinal), _annotations.Label(row, index), _annotations.Slice(row));
    }

    /// <summary>With the batch axis: [1, columns], or [1, extents of the lists] for a single column of lists.</summary>
    private static Tensor Input(IRow row, string[] columns, string type, SourcePosition position)
    {
        var cells = Array.ConvertAll(columns, column => row[column]
            ?? throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The row has no value in '{column}', which is an input.", position));
        if (cells is [{ Shape.Length: > 0 } lists])
            return ElementParser.Parse(type, lists.Values, [1, .. lists.Shape], $"'{columns[0]}'", position);
        for (var i = 0; i < cells.Length; i++)
            if (cells[i].Shape.Length > 0)
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{columns[i]}' is a list; several columns make an input only when each has a single value.", position);
        return ElementParser.Parse(type, [.. cells.Select(c => c.Values[0])], [1, cells.Length], columns.Length == 1 ? $"'{columns[0]}'" : $"a value of the columns '{columns[0]}' to '{columns[^1]}'", position);
    }
}
