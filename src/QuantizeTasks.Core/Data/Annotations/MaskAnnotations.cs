using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary><c>annotations: { masks: folder }</c>: a PNG for each image of the folder, or of those that an image set lists by their names without extension, as Pascal VOC's <c>SegmentationClass</c>.</summary>
internal static class MaskAnnotations
{
    /// <param name="annotations">Where they are.</param>
    /// <param name="folder">Finds images that are listed.</param>
    /// <param name="images">The folder of images.</param>
    public static AnnotationSet Read(AnnotationSpecification annotations, AnnotatedFolder folder, Located<string> images)
    {
        var root = annotations.Path.Value;
        if (!Directory.Exists(root))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no folder '{root}'.", annotations.Path.Position);
        var found = annotations.ImageSet is { } set ? Listed(set, folder, root) : ImageFolder.Open(images, ImageFolder.ImageExtensions).Files.Select(image => Masked(image, root, annotations.Path.Position)).ToList();
        var masks = found.Select(image => image.Mask!);
        return new AnnotationSet(found, annotations.ImageSet is { } list ? [.. masks, list.Value] : [.. masks]);
    }

    private static List<AnnotatedImage> Listed(Located<string> set, AnnotatedFolder folder, string root)
    {
        var found = new List<AnnotatedImage>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (text, position) in TextList.Lines(set))
        {
            var image = folder.FindAny(text, ImageFolder.ImageExtensions, position);
            if (!lines.TryAdd(image.Name, position.Line))
                throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"'{image.Name}' is in line {lines[image.Name]} already.", position);
            found.Add(Masked(image, root, position));
        }
        return found;
    }

    private static AnnotatedImage Masked(ImageFile image, string root, SourcePosition position)
    {
        // The name is one below the folder of images, so this one is below the folder of masks.
        var mask = Path.Combine(root, Path.ChangeExtension(image.Name, ".png"));
        return File.Exists(mask) ? new AnnotatedImage(image, null, null) { Mask = mask }
            : throw new QuantizeException(DiagnosticCodes.LabelMissing, $"The image '{image.Name}' has no mask '{mask}'.", position);
    }
}
