using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>The labels of an image data set: one entry per image of the folder, or rows of an array.</summary>
internal sealed class ImageLabels
{
    private readonly IReadOnlyList<LabelRow>? _rows;
    private readonly NpyArray? _array;

    private ImageLabels(IReadOnlyList<LabelRow>? rows, NpyArray? array)
    {
        _rows = rows;
        _array = array;
    }

    /// <summary>The label of image <paramref name="index"/>; null when the data set has none.</summary>
    public Tensor? Label(int index) => _array is { } array ? array.Row(index, batchAxis: false) : _rows?[index].Label;

    /// <summary>The slice of image <paramref name="index"/>; null when the data set has none.</summary>
    public string? Slice(int index) => _rows?[index].Slice;

    /// <summary>Reads the labels that the manifest names, or the classes that sub-folders give when it names none.</summary>
    public static ImageLabels Open(Located<string>? labels, ImageFolder folder)
    {
        if (labels is null)
            return folder.Files.All(file => file.Name.Contains('/', StringComparison.Ordinal)) ? OfFolders(folder, null) : new ImageLabels(null, null);
        if (labels.Value == "folders")
            return OfFolders(folder, labels.Position);
        return Path.GetExtension(ArrayPath.Parse(labels.Value).File).ToUpperInvariant() switch
        {
            ".CSV" => new ImageLabels(LabelCsv.Read(labels, folder), null),
            ".NPY" or ".NPZ" => new ImageLabels(null, LabelArray.Open(labels, folder.Files.Count)),
            _ => throw new QuantizeException(DiagnosticCodes.UnknownName, $"Labels are 'folders', a .csv or a .npy, not '{labels.Value}'.", labels.Position),
        };
    }

    private static ImageLabels OfFolders(ImageFolder folder, SourcePosition? position)
    {
        var classes = folder.SubFolders.Select((name, index) => (name, Row: new LabelRow(Tensor.Create<long>([index]), null))).ToDictionary(c => c.name, c => c.Row, StringComparer.Ordinal);
        var rows = new LabelRow[folder.Files.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            var slash = folder.Files[i].Name.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                throw new QuantizeException(DiagnosticCodes.LabelMissing, $"'{folder.Files[i].Path}' is in no sub-folder, so 'labels: folders' gives it no class. Move it, or use a csv.", position);
            rows[i] = classes[folder.Files[i].Name[..slash]];
        }
        return new ImageLabels(rows, null);
    }
}
