using System.Collections.Immutable;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>The images of a source in their order, each with its label: a folder's with labels beside it, or those that annotations name.</summary>
internal sealed class ImageSet
{
    private readonly ImageLabels? _labels;
    private readonly IReadOnlyList<AnnotatedImage>? _annotated;

    private ImageSet(IReadOnlyList<ImageFile> files, ImageLabels? labels, IReadOnlyList<AnnotatedImage>? annotated) => (Files, _labels, _annotated) = (files, labels, annotated);

    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>Lists the images and reads their labels.</summary>
    public static ImageSet Open(ImageSourceSpecification source)
    {
        if (source.Annotations is { } annotations)
        {
            var images = AnnotationSet.Open(annotations, source.Images).Images;
            return new ImageSet([.. images.Select(i => i.File)], null, images);
        }
        var folder = ImageFolder.Open(source.Images, ImageFolder.ImageExtensions);
        return new ImageSet(folder.Files, ImageLabels.Open(source.Labels, folder), null);
    }

    /// <summary>The label of an image; null when there is none.</summary>
    /// <param name="index">Which image.</param>
    /// <param name="pixels">The image as decoded, [height, width, channels].</param>
    /// <param name="steps">What is done to it, which moves its boxes.</param>
    public Tensor? Label(int index, Tensor pixels, ImmutableArray<PreprocessStep> steps)
    {
        if (_annotated?[index] is not { } image)
            return _labels!.Label(index);
        if (image.Boxes is null)
            return image.Class;
        var (width, height) = (pixels.Shape[1], pixels.Shape[0]);
        var geometry = PreprocessGeometry.Of(steps, width, height);
        return new DetectionLabel(width, height, geometry.Width, geometry.Height, geometry.ScaleX, geometry.ScaleY, geometry.OffsetX, geometry.OffsetY, image.Boxes).ToTensor();
    }

    /// <summary>The slice of an image; null when the data set has none.</summary>
    public string? Slice(int index) => _labels?.Slice(index);
}
