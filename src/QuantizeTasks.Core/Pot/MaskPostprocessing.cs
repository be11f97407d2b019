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
        foreach (var step in steps)
        {
            if (step is not MappingNode mapping || mapping.Text("type") is not { } type)
            {
                translation.Unsupported(step, $"A step of 'postprocessing' must be a mapping with 'type', but is {step.Kind}.");
                continue;
            }
            if (!Types.Contains(type.Value))
            {
                translation.Unsupported(mapping["type"]!, $"The postprocessing '{ScalarNode.Shorten(type.Value)}' is not supported with masks.{DidYouMean.Hint(type.Value, Types)} Supported: {string.Join(", ", Types)}.");
                continue;
            }
            var keys = new KeyReader(mapping, $"postprocessing ({type.Value})", translation);
            keys.Take("type");
            if (!keys.Has("apply_to"))
                translation.Unsupported(mapping, $"'{keys.Path}' needs 'apply_to: annotation'.");
            keys.Only("apply_to", "annotation", "the model's output stays as it is, and masks are made to fit it");
            if (type.Value == "encode_segmentation_mask")
                result = result with { AreEncoded = true };
            else
            {
                keys.Leave("masks go the way of their images", "to_dst_image_size", "size", "dst_width", "dst_height");
                result = result with { FollowImages = true };
            }
            keys.Finish();
        }
        return result;
    }
}
