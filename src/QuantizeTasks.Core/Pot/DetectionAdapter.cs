using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Turns the Accuracy Checker's adapter of a detector, and its <c>postprocessing</c>, into the <c>decoding</c> of the manifest's metrics for boxes.</summary>
internal static class DetectionAdapter
{
    private static readonly string[] Types = ["ssd", "ssd_onnx", "faster_rcnn_onnx", "tf_object_detection"];

    /// <summary>The parameters; null when they are wrong, which is reported.</summary>
    public static ImmutableArray<(string Key, ManifestNode Value)>? Read(LauncherSection launcher, ImmutableArray<ManifestNode> postprocessing, KeyReader metric, Translation translation)
    {
        if (launcher.Adapter is not { } adapter)
        {
            translation.Unsupported(metric.Node, $"'{metric.Path}' is about boxes, so 'launchers[0].adapter' must say how the model gives them: {string.Join(", ", Types)}.");
            return null;
        }
        var (isResized, isClipped) = Postprocessing(postprocessing, translation);
        var at = adapter.Node.Position;
        var parameters = ImmutableArray.CreateBuilder<(string, ManifestNode)>();
        switch (adapter.Text("type")?.Value)
        {
            case "ssd":
                Add(("decoding", "ssd"));
                break;
            case "ssd_onnx" or "faster_rcnn_onnx":
                Add(("decoding", "boxes"));
                Output("bboxes_out", "boxes");
                Output("labels_out", "labels");
                if (adapter.Has("scores_out"))
                    Output("scores_out", "scores");
                Add(("coordinates", isResized ? "normalized" : "pixels"));
                break;
            case "tf_object_detection":
                Add(("decoding", "boxes"));
                Output("boxes_out", "boxes");
                Output("classes_out", "labels");
                Output("scores_out", "scores");
                if (adapter.Has("num_detections_out"))
                    Output("num_detections_out", "count");
                Add(("box_format", "yxyx"));
                Add(("coordinates", "normalized"));
                break;
            case var type:
                translation.Unsupported(adapter.Node["type"] ?? adapter.Node, $"The adapter '{ScalarNode.Shorten(type ?? "")}' is not supported with boxes.{DidYouMean.Hint(type ?? "", Types)} Supported: {string.Join(", ", Types)}. A quantize.yaml has decodings for other outputs: yolo, yolo_grid, anchors.");
                return null;
        }
        if (isClipped)
            parameters.Add(("clip", Tree.Flag(at, true)));
        adapter.Finish();
        return parameters.ToImmutable();

        void Add((string Key, string Word) parameter) => parameters.Add((parameter.Key, Tree.Word(at, parameter.Word)));

        void Output(string key, string parameter)
        {
            if (adapter.RequiredText(key) is { } name)
                parameters.Add((parameter, Tree.Text(name.Position, name.Value)));
        }
    }

    private static (bool IsResized, bool IsClipped) Postprocessing(ImmutableArray<ManifestNode> steps, Translation translation)
    {
        var (isResized, isClipped) = (false, false);
        foreach (var step in steps)
        {
            if (step is not MappingNode mapping || mapping.Text("type") is not { } type)
            {
                translation.Unsupported(step, $"A step of 'postprocessing' must be a mapping with 'type', but is {step.Kind}.");
                continue;
            }
            var keys = new KeyReader(mapping, $"postprocessing ({ScalarNode.Shorten(type.Value)})", translation);
            keys.Take("type");
            switch (type.Value)
            {
                case "resize_prediction_boxes":
                    isResized = true;
                    break;
                case "clip_boxes":
                    keys.Only("apply_to", "prediction", "labels stay as they are");
                    isClipped = true;
                    break;
                default:
                    translation.Unsupported(mapping["type"]!, $"The postprocessing '{ScalarNode.Shorten(type.Value)}' is not supported. Supported: resize_prediction_boxes, clip_boxes.");
                    continue;
            }
            keys.Finish();
        }
        return (isResized, isClipped);
    }
}
