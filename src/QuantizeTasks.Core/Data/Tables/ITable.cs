using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>Rows with named values, which are read one at a time.</summary>
internal interface ITable
{
    /// <summary>How many rows there are.</summary>
    int Count { get; }

    /// <summary>The columns in the table's order, for messages and defaults.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>Where a row stands.</summary>
    SourcePosition Position(int index);

    /// <summary>Reads a row.</summary>
    IRow Read(int index);
}

/// <summary>One row.</summary>
internal interface IRow
{
    /// <summary>The single values of a column as they are written, and their shape: none for a plain value, that of the nested lists of JSON otherwise. Null when the row has no value there.</summary>
    Cell? this[string column] { get; }
}

/// <summary>What a row has in a column.</summary>
/// <param name="Values">The values as text.</param>
/// <param name="Shape">The extents of nested lists; empty for a single value.</param>
internal sealed record Cell(string[] Values, int[] Shape);
