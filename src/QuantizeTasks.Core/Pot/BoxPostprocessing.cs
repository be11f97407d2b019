using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The Accuracy Checker's <c>postprocessing</c> of boxes.</summary>
/// <param name="AreShares">Boxes are shares of the image before it; where the image went into the model they come back to by themselves.</param>
/// <param name="LeastScore">The score below which a box does not count; null without.</param>
/// <param name="Suppression">Parameters of the manifest's suppression; empty without.</param>
/// <param name="IsClipped">Boxes are cut at the image.</param>
internal sealed record BoxPostprocessing(bool AreShares, Located<double>? LeastScore, ImmutableArray<(string Key, ManifestNode Value)> Suppression, bool IsClipped)
{
    private static readonly string[] Types = ["resize_prediction_boxes", "letterbox_postprocessing_resize", "filter", "nms", "class_aware_nms", "diou_nms", "clip_boxes"];

    public static BoxPostprocessing Read(ImmutableArray<ManifestNode> steps, Translation translation)
    {
        var result = new BoxPostprocessing(false, null, [], false);
        foreach (var (type, keys) in PostprocessingSteps.Read(steps, Types, "", translation))
            result = result.After(type, keys, translation);
        return result;
    }

    private BoxPostprocessing After(string type, KeyReader keys, Translation translation)
    {
        switch (type)
        {
            case "resize_prediction_boxes":
                return this with { AreShares = keys.Flag("rescale") != true };
            case "letterbox_postprocessing_resize":
                return this with { AreShares = true };
            case "filter":
                keys.Only("apply_to", "prediction", "labels stay as they are");
                keys.Only("remove_filtered", "true", "what is filtered does not count at all");
                return this with { LeastScore = keys.Number("min_confidence") };
            case "clip_boxes":
                keys.Only("apply_to", "prediction", "labels stay as they are");
                return this with { IsClipped = true };
            default:
                if (IsClipped || !Suppression.IsEmpty)
                    translation.Unsupported(keys.Node, $"'{keys.Path}' comes after {(IsClipped ? "'clip_boxes'" : "another suppression")}; boxes are suppressed once, and clipped then.");
                return this with { Suppression = Suppressed(type, keys) };
        }
    }

    /// <summary>openvino/tools/accuracy_checker/postprocessor/nms.py: only <c>class_aware_nms</c> looks at classes, boundaries are on by default, and <c>keep_top_k</c> cuts before.</summary>
    private static ImmutableArray<(string Key, ManifestNode Value)> Suppressed(string type, KeyReader keys)
    {
        const double DefaultOverlap = 0.5;
        var at = keys.Node.Position;
        var parameters = ImmutableArray.CreateBuilder<(string, ManifestNode)>();
        keys.Only("use_min_area", "false", "overlap is intersection over union");
        parameters.Add(("nms", Tree.Number(at, keys.Number("overlap")?.Value ?? DefaultOverlap)));
        if (type != "class_aware_nms")
            parameters.Add(("nms_classes", Tree.Word(at, "together")));
        if (type == "diou_nms")
            parameters.Add(("nms_method", Tree.Word(at, "diou")));
        if (keys.Flag("include_boundaries") != false)
            parameters.Add(("nms_boundaries", Tree.Flag(at, true)));
        if (keys.Whole("keep_top_k", 1) is { } best)
            parameters.Add(("pre_nms_top_k", Tree.Number(best.Position, best.Value)));
        return parameters.ToImmutable();
    }
}
