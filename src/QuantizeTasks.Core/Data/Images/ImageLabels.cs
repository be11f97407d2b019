using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary>The labels of an image data set: one entry per image of the folder, or rows of an array.</summary>
internal sealed class ImageLabels
{
    private readonly IReadOnlyList<LabelRow>? _rows;
    private readonly Func<int, Tensor>? _read;

    private ImageLabels(IReadOnlyList<LabelRow>? rows, Func<int, Tensor>? read)
    {
        _rows = rows;
        _read = read;
    }

    /// <summary>The label of image <paramref name="index"/>; null when the data set has none.</summary>
    public Tensor? Label(int index) => _read is not null ? _read(index) : _rows?[index].Label;

    /// <summary>The slice of image <paramref name="index"/>; null when the data set has none.</summary>
    public string? Slice(int index) => _rows?[index].Slice;

    /// <summary>Reads the labels that the manifest names, or the classes that sub-folders give when it names none.</summary>
    public static ImageLabels Open(Located<string>? labels, ImageFolder folder)
    {
        if (labels is null)
            return folder.Files.All(file => file.Name.Contains('/', StringComparison.Ordinal)) ? OfFolders(folder, null) : new ImageLabels(null, null);
        if (labels.Value == "folders")
            return OfFolders(folder, labels.Position);
        if (Directory.Exists(labels.Value))
            return new ImageLabels(null, MaskFolder.Open(labels, folder).Read);
        return Path.GetExtension(ArrayPath.Parse(labels.Value).File).ToUpperInvariant() switch
        {
            ".CSV" => new ImageLabels(LabelCsv.Read(labels, folder), null),
            ".NPY" or ".NPZ" => new ImageLabels(null, OfArray(LabelArray.Open(labels, folder.Files.Count))),
            _ => throw new QuantizeException(DiagnosticCodes.UnknownName, $"Labels are 'folders', a .csv, a .npy or a folder of masks, not '{labels.Value}'.", labels.Position),
        };
    }

    /// <summary>What has to be watched for changes.</summary>
    public static IEnumerable<string> FilesOf(Located<string>? labels) => labels is not { Value: not "folders" } ? []
        : Directory.Exists(labels.Value) ? [Path.Combine(labels.Value, "**", "*")] : [ArrayPath.Parse(labels.Value).File];

    /// <summary>The files that labels are read from.</summary>
    public static IEnumerable<string> FilesRead(Located<string>? labels, ImageFolder folder) => labels is not null && Directory.Exists(labels.Value)
        ? MaskFolder.Open(labels, folder).Files.Select(f => f.Path) : FilesOf(labels);

    /// <summary>Adds what labels depend on.</summary>
    public static void Identify(Located<string>? labels, ImageFolder folder, FingerprintBuilder fingerprint)
    {
        if (labels is not { Value: not "folders" })
        {
            fingerprint.Add("classes", string.Join('/', folder.SubFolders)).Add("labels", labels?.Value);
            return;
        }
        if (!Directory.Exists(labels.Value))
        {
            TensorSource.AddArray(fingerprint, "labels", labels);
            return;
        }
        FileHash.AddAll(fingerprint, MaskFolder.Open(labels, folder).Files, labels.Position);
    }

    private static Func<int, Tensor> OfArray(NpyArray array) => index => array.Row(index, batchAxis: false);

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
