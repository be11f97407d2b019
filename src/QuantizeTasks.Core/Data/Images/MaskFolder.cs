using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary><c>labels: &lt;folder&gt;</c>: for each image a PNG of the same relative name whose values are classes. Read when its sample is.</summary>
internal sealed class MaskFolder(string root, ImageFolder images)
{
    /// <summary>Finds the masks.</summary>
    /// <exception cref="QuantizeException">An image has none.</exception>
    public static MaskFolder Open(Located<string> labels, ImageFolder images)
    {
        var folder = new MaskFolder(labels.Value, images);
        foreach (var image in images.Files.Where(image => !File.Exists(folder.PathOf(image))))
            throw new QuantizeException(DiagnosticCodes.LabelMissing, $"The image '{image.Name}' has no mask '{folder.PathOf(image)}'.", labels.Position);
        return folder;
    }

    /// <summary>The masks in the order of the images.</summary>
    public IReadOnlyList<ImageFile> Files => [.. images.Files.Select(image => new ImageFile(PathOf(image), Path.ChangeExtension(image.Name, ".png")))];

    /// <summary>uint8 [height, width].</summary>
    public Tensor Read(int index) => IndexPng.Read(PathOf(images.Files[index]));

    private string PathOf(ImageFile image) => Path.Combine(root, Path.ChangeExtension(image.Name, ".png"));
}
