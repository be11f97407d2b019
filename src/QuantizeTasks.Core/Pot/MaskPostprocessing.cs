using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The Accuracy Checker's <c>postprocessing</c> of masks, which are the annotations.</summary>
/// <param name="AreEncoded">Masks hold colours, which become classes.</param>
/// <param name="FollowImages">Masks are resized as their images are.</param>
internal sealed record MaskPostprocessing(bool AreEncoded, bool FollowImages)
{
    private static readonly string[] Types = ["encode_segmentation_mask", "resize_segmentation_mask"];

    public static MaskPostprocessing Read(ImmutableArray<ManifestNode> steps, Translation translation)
    {
        var result = new MaskPostprocessing(false, false);
        foreach (var (type, keys) in PostprocessingSteps.Read(steps, Types, " with masks", translation))
        {
            if (!keys.Has("apply_to"))
                translation.Unsupported(keys.Node, $"'{keys.Path}' needs 'apply_to: annotation'.");
            keys.Only("apply_to", "annotation", "the model's output stays as it is, and masks are made to fit it");
            if (type == "encode_segmentation_mask")
                result = result with { AreEncoded = true };
            else
            {
                keys.Leave("masks go the way of their images", "to_dst_image_size", "size", "dst_width", "dst_height");
                result = result with { FollowImages = true };
            }
        }
        return result;
    }
}
