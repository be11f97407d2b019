namespace QuantizeTasks.Data;

/// <summary>An image that an annotation names.</summary>
/// <param name="File">The image.</param>
/// <param name="Class">Its class; null when it has boxes or a mask, or nothing.</param>
/// <param name="Boxes">Its boxes; null when it has a class, or nothing.</param>
internal sealed record AnnotatedImage(ImageFile File, Tensor? Class, IReadOnlyList<LabelledBox>? Boxes)
{
    /// <summary>The path of its mask; null without.</summary>
    public string? Mask { get; init; }
}
