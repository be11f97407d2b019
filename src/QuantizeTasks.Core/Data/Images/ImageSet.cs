using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>The images of a source in their order, each with its label: a folder's with labels beside it, or those that annotations name.</summary>
internal sealed class ImageSet
{
    private readonly ImageLabels? _labels;
    private readonly IReadOnlyList<AnnotatedImage>? _annotated;
    private readonly AnnotationSpecification? _annotations;

    private ImageSet(IReadOnlyList<ImageFile> files, ImageLabels labels) => (Files, _labels) = (files, labels);

    private ImageSet(IReadOnlyList<AnnotatedImage> annotated, AnnotationSpecification annotations) => (Files, _annotated, _annotations) = ([.. annotated.Select(i => i.File)], annotated, annotations);

    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>Lists the images and reads their labels.</summary>
    public static ImageSet Open(ImageSourceSpecification source)
    {
        if (source.Annotations is { } annotations)
            return new ImageSet(AnnotationSet.Open(annotations, source.Images).Images, annotations);
        var folder = ImageFolder.Open(source.Images, ImageFolder.ImageExtensions);
        return new ImageSet(folder.Files, ImageLabels.Open(source.Labels, folder));
    }

    /// <summary>The label of an image; null when there is none.</summary>
    /// <param name="index">Which image.</param>
    /// <param name="pixels">The image as decoded, [height, width, channels].</param>
    /// <param name="steps">What is done to it, which moves what is labelled in it.</param>
    public Tensor? Label(int index, Tensor pixels, ImmutableArray<PreprocessStep> steps)
    {
        if (_annotated?[index] is not { } image)
            return _labels!.Label(index);
        var (width, height) = (pixels.Shape[1], pixels.Shape[0]);
        if (image.Mask is not null)
            return Mask(image.Mask, width, height, steps);
        if (image.Boxes is null)
            return image.Class;
        var geometry = PreprocessGeometry.Of(steps, width, height);
        return new DetectionLabel(width, height, geometry.Width, geometry.Height, geometry.ScaleX, geometry.ScaleY, geometry.OffsetX, geometry.OffsetY, image.Boxes).ToTensor();
    }

    private Tensor Mask(string path, int width, int height, ImmutableArray<PreprocessStep> steps)
    {
        var mask = MaskImage.Read(path, _annotations!.Colors);
        if (!_annotations.FollowsImage)
            return mask;
        if (mask.Shape[0] != height || mask.Shape[1] != width)
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"The mask is {mask.Shape[1]} x {mask.Shape[0]}, but its image {width} x {height}.", new SourcePosition(path));
        return MaskImage.Follow(mask, steps, path);
    }

    /// <summary>The slice of an image; null when the data set has none.</summary>
    public string? Slice(int index) => _labels?.Slice(index);
}
