using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>A csv with the header <c>file,label[,slice]</c>: one line for every image, the files relative to the images folder.</summary>
internal static class LabelCsv
{
    private sealed record Entry(string Text, string? Slice, SourcePosition Position);

    /// <summary>Reads the labels in the order of the folder's images.</summary>
    /// <exception cref="QuantizeException">The csv is malformed, names a file that is missing, outside the folder or named twice, or lacks an image.</exception>
    public static IReadOnlyList<LabelRow> Read(Located<string> path, ImageFolder folder)
    {
        var entries = ReadEntries(path, folder);
        var rows = new LabelRow[folder.Files.Count];
        // One kind for the whole column: 3 is a number and not a class when another line says 2.5, and a text is one only where all are, as transcripts are.
        var integral = entries.Values.All(entry => long.TryParse(entry.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        var text = entries.Count > 0 && entries.Values.All(entry => entry.Text.Length > 0 && !double.TryParse(entry.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        for (var i = 0; i < rows.Length; i++)
        {
            if (!entries.TryGetValue(folder.Files[i].Name, out var entry))
                throw new QuantizeException(DiagnosticCodes.LabelMissing, $"The image '{folder.Files[i].Name}' has no line in '{path.Value}'. Add one, or name fewer images with a glob.", path.Position);
            rows[i] = new LabelRow(text ? Tensor.Create([entry.Text], 1) : Parse(entry, integral), entry.Slice);
        }
        return rows;
    }

    private static Dictionary<string, Entry> ReadEntries(Located<string> path, ImageFolder folder)
    {
        if (!File.Exists(path.Value))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path.Value}'.", path.Position);
        using var lines = CsvReader.Read(path.Value).GetEnumerator();
        if (!lines.MoveNext())
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, "The csv is empty; its first line must be 'file,label' or 'file,label,slice'.", new SourcePosition(path.Value, 1, 1));
        var header = lines.Current.Fields.Select(field => field.Trim()).ToArray();
        var (file, label, slice) = (Array.IndexOf(header, "file"), Array.IndexOf(header, "label"), Array.IndexOf(header, "slice"));
        if (file < 0 || label < 0 || header.Length != (slice < 0 ? 2 : 3))
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The csv starts with '{string.Join(',', header)}'; its header must be 'file,label' or 'file,label,slice'.", new SourcePosition(path.Value, lines.Current.Line, 1));
        var listed = folder.Files.Select(image => image.Name).ToHashSet(StringComparer.Ordinal);
        var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
        while (lines.MoveNext())
        {
            var (fields, line) = lines.Current;
            var position = new SourcePosition(path.Value, line, 1);
            if (fields.Count != header.Length)
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The line has {fields.Count} fields, not {header.Length}.", position);
            var name = ConfinedFile.Resolve(folder.Root, fields[file].Trim(), position).Name;
            if (!listed.Contains(name) && folder.Covers(name))
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{name}' is not read: it is hidden, or its extension is none of those that are.", position);
            if (!entries.TryAdd(name, new Entry(fields[label].Trim(), slice < 0 ? null : fields[slice].Trim(), position)))
                throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"'{name}' already has a label in line {entries[name].Position.Line}.", position);
        }
        return entries;
    }

    private static Tensor Parse(Entry entry, bool integral)
    {
        if (integral)
            return Tensor.Create([long.Parse(entry.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)]);
        if (double.TryParse(entry.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            return Tensor.Create([number]);
        throw new QuantizeException(entry.Text.Length == 0 ? DiagnosticCodes.LabelMissing : DiagnosticCodes.LabelInvalid,
            $"The label '{entry.Text}' is neither a class index nor a finite number.", entry.Position);
    }
}
