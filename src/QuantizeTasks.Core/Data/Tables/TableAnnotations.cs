using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Label and slice of the rows of a table.</summary>
internal sealed class TableAnnotations(ITable table, RowAnnotations annotations)
{
    /// <summary>Whether a column is one of them, and so no input unless it is named.</summary>
    public bool Contains(string column) => annotations.Slice?.Value == column || annotations.Label.Any(l => l.Value == column);

    /// <summary>Checks that the columns are there.</summary>
    public TableAnnotations Check()
    {
        foreach (var column in annotations.Label.Concat(annotations.Slice is { } slice ? [slice] : []))
            Require(table, column);
        return this;
    }

    /// <summary>The label of a row; null when the source has none.</summary>
    public Tensor? Label(IRow row, int index)
    {
        if (annotations.Label.IsEmpty)
            return null;
        var cells = annotations.Label.Select(column => row[column.Value]
            ?? throw new QuantizeException(DiagnosticCodes.LabelMissing, $"The row has no '{column.Value}', which is its label.", table.Position(index))).ToArray();
        if (cells is [var only])
            return ElementParser.Label(only.Values, only.Shape.Length == 0 ? [1] : only.Shape);
        if (cells.FirstOrDefault(c => c.Shape.Length > 0) is not null)
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, "Several columns make a label only when each has a single value.", table.Position(index));
        return ElementParser.Label([.. cells.Select(c => c.Values[0])], [cells.Length]);
    }

    /// <summary>The slice of a row; null when it has none.</summary>
    public string? Slice(IRow row) => annotations.Slice is { } column && row[column.Value] is { Values: [var name] } ? name : null;

    /// <summary>Throws unless a table has a column.</summary>
    public static void Require(ITable table, Located<string> column)
    {
        if (!table.Columns.Contains(column.Value, StringComparer.Ordinal))
            throw new QuantizeException(DiagnosticCodes.UnknownName, $"There is no column '{column.Value}'; there are {string.Join(", ", table.Columns.Take(20))}.{DidYouMean.Hint(column.Value, table.Columns)}", column.Position);
    }
}
