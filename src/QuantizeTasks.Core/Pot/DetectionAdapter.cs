using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Turns the Accuracy Checker's adapter of a detector, and its <c>postprocessing</c>, into the <c>decoding</c> of the manifest's metrics for boxes.</summary>
internal static class DetectionAdapter
{
    private static readonly string[] Types = ["ssd", "ssd_onnx", "faster_rcnn_onnx", "tf_object_detection", "yolo_v2", "yolo_v3", "yolo_v5", "retinanet"];

    /// <summary>The parameters; null when they are wrong, which is reported.</summary>
    public static ImmutableArray<(string Key, ManifestNode Value)>? Read(LauncherSection launcher, ImmutableArray<ManifestNode> postprocessing, KeyReader metric, Translation translation)
    {
        if (launcher.Adapter is not { } adapter)
        {
            translation.Unsupported(metric.Node, $"'{metric.Path}' is about boxes, so 'launchers[0].adapter' must say how the model gives them: {string.Join(", ", Types)}.");
            return null;
        }
        var steps = BoxPostprocessing.Read(postprocessing, translation);
        var type = adapter.Text("type")?.Value ?? "";
        if (!Types.Contains(type))
        {
            translation.Unsupported(adapter.Node["type"] ?? adapter.Node, $"The adapter '{ScalarNode.Shorten(type)}' is not supported with boxes.{DidYouMean.Hint(type, Types)} Supported: {string.Join(", ", Types)}. A quantize.yaml has decodings for other outputs: boxes, yolo, yolo_grid, anchors.");
            return null;
        }
        var isRaw = type is "yolo_v2" or "yolo_v3" or "yolo_v5" or "retinanet";
        var decoding = type == "retinanet" ? RetinaNetAdapter.Read(adapter) : isRaw ? new YoloAdapter(adapter, translation).Read(type) : Finished(type, adapter, steps.AreShares);
        adapter.Finish();
        return decoding is { } parameters ? After(parameters, steps, isRaw, adapter.Node) : null;
    }

    /// <summary>Adds the postprocessing. What is decoded here would be suppressed without any, but not by the Accuracy Checker.</summary>
    private static ImmutableArray<(string Key, ManifestNode Value)> After(ImmutableArray<(string Key, ManifestNode Value)> decoding, BoxPostprocessing steps, bool isRaw, MappingNode adapter)
    {
        var at = adapter.Position;
        var own = decoding.Where(p => p.Key == "score_threshold").Select(p => double.Parse(((ScalarNode)p.Value).Text, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Single();
        var parameters = decoding.RemoveAll(p => p.Key == "score_threshold").ToBuilder();
        if (isRaw || steps.LeastScore is not null)
            parameters.Add(("score_threshold", Tree.Number(steps.LeastScore?.Position ?? at, Math.Max(own, steps.LeastScore?.Value ?? 0))));
        if (isRaw && steps.Suppression.IsEmpty)
            parameters.Add(("nms", Tree.Number(at, 1)));
        parameters.AddRange(steps.Suppression);
        if (steps.IsClipped)
            parameters.Add(("clip", Tree.Flag(at, true)));
        return parameters.ToImmutable();
    }

    /// <summary>Outputs that are boxes already; null when a name is missing, which is reported.</summary>
    private static ImmutableArray<(string Key, ManifestNode Value)>? Finished(string type, KeyReader adapter, bool areShares)
    {
        var at = adapter.Node.Position;
        var isComplete = true;
        var parameters = ImmutableArray.CreateBuilder<(string, ManifestNode)>();
        switch (type)
        {
            case "ssd":
                Add("decoding", "ssd");
                break;
            case "tf_object_detection":
                Add("decoding", "boxes");
                Output("boxes_out", "boxes");
                Output("classes_out", "labels");
                Output("scores_out", "scores");
                if (adapter.Has("num_detections_out"))
                    Output("num_detections_out", "count");
                Add("box_format", "yxyx");
                Add("coordinates", "normalized");
                break;
            default:
                Add("decoding", "boxes");
                Output("bboxes_out", "boxes");
                Output("labels_out", "labels");
                if (adapter.Has("scores_out"))
                    Output("scores_out", "scores");
                Add("coordinates", areShares ? "normalized" : "pixels");
                break;
        }
        return isComplete ? parameters.ToImmutable() : null;

        void Add(string key, string word) => parameters.Add((key, Tree.Word(at, word)));

        void Output(string key, string parameter)
        {
            if (adapter.RequiredText(key) is { } name)
                parameters.Add((parameter, Tree.Text(name.Position, name.Value)));
            else
                isComplete = false;
        }
    }
}
