using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>What <c>annotations:</c> names: the images that count, in its order, each with what is in it.</summary>
/// <param name="Images">The images.</param>
/// <param name="Files">Every annotation file that was read, absolute.</param>
internal sealed record AnnotationSet(IReadOnlyList<AnnotatedImage> Images, IReadOnlyList<string> Files)
{
    /// <summary>Reads the annotations.</summary>
    /// <param name="annotations">Where they are.</param>
    /// <param name="images">The folder that images are in.</param>
    /// <exception cref="QuantizeException">A file is missing or malformed, or names an image that is not there or outside the folder.</exception>
    public static AnnotationSet Open(AnnotationSpecification annotations, Located<string> images)
    {
        var folder = new AnnotatedFolder(images);
        var set = annotations.Format switch
        {
            AnnotationFormat.ImageNet => TextList.Read(annotations, folder),
            AnnotationFormat.Coco => CocoAnnotations.Read(annotations, folder),
            AnnotationFormat.Voc => VocAnnotations.Read(annotations, folder),
            AnnotationFormat.Masks => MaskAnnotations.Read(annotations, folder, images),
            _ => throw new ArgumentOutOfRangeException(nameof(annotations)),
        };
        return set.Images.Count > 0 ? set : throw new QuantizeException(DiagnosticCodes.TooFewSamples, $"'{annotations.Path.Value}' names no image.", annotations.Path.Position);
    }

    /// <summary>The files that <see cref="Open"/> reads, or a glob for those of a folder.</summary>
    public static IEnumerable<string> Inputs(AnnotationSpecification annotations)
    {
        yield return annotations.Format switch
        {
            AnnotationFormat.Voc => Path.Combine(annotations.Path.Value, "*.xml"),
            AnnotationFormat.Masks => Path.Combine(annotations.Path.Value, "**", "*"),
            _ => annotations.Path.Value,
        };
        if (annotations.ImageSet is { } set)
            yield return set.Value;
    }
}
