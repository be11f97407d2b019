using System.Collections.Immutable;

namespace QuantizeTasks.Manifest;

/// <summary><c>annotations: { imagenet: val.txt }</c> and the like: a file, or a folder of files, that names images and says what is in them.</summary>
/// <param name="Format">What it is.</param>
/// <param name="Path">The absolute file, or for Pascal VOC and masks the absolute folder.</param>
/// <param name="ImageSet">For Pascal VOC and masks the absolute file that lists images; null for all.</param>
/// <param name="Classes">For Pascal VOC the names of classes in the model's order; empty for its own 20.</param>
/// <param name="FirstClass">The model's index of the first class: 1 when it has a background class before it.</param>
/// <param name="ByCategoryId">For COCO: a category's id is its class, rather than its place in the list.</param>
public sealed record AnnotationSpecification(
    AnnotationFormat Format, Located<string> Path, Located<string>? ImageSet, ImmutableArray<Located<string>> Classes, int FirstClass, bool ByCategoryId)
{
    /// <summary>For masks the colour of each class as 0xRRGGBB, at most 255; empty when the stored values are the classes.</summary>
    public ImmutableArray<int> Colors { get; init; } = [];

    /// <summary>For masks: they are resized, cut and surrounded as their images are.</summary>
    public bool FollowsImage { get; init; }
}

/// <summary>A format of annotations.</summary>
public enum AnnotationFormat
{
    /// <summary>Text with an image and its class a line.</summary>
    ImageNet,

    /// <summary>COCO's instances as JSON.</summary>
    Coco,

    /// <summary>Pascal VOC's XML files.</summary>
    Voc,

    /// <summary>A PNG for each image, whose values or colours are classes.</summary>
    Masks,
}
