using System.Globalization;

namespace QuantizeTasks.Tool.Commands;

/// <summary>Columns of plain text, without escape codes or box drawing: good to read, to grep and to cut.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> _rows = [headings];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(OneLine)]);

    public void Write(TextWriter output)
    {
        var widths = headings.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    // A name from a model that holds control characters must not reach a terminal.
    public static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
