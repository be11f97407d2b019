using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Turns the Accuracy Checker's metrics of boxes into the manifest's.</summary>
/// <param name="decoding">How the model's outputs are read.</param>
/// <param name="translation">Takes what is wrong.</param>
internal sealed class DetectionMetrics(ImmutableArray<(string Key, ManifestNode Value)> decoding, Translation translation)
{
    /// <summary>The detections of one image that are kept: what an SSD gives.</summary>
    private const int KeepTopK = 200;

    /// <summary><c>map</c>.</summary>
    public MappingNode Voc(KeyReader keys)
    {
        keys.Leave("classes are those of the annotation", "label_map");
        keys.Only("overlap_method", "iou", "detections are compared by intersection over union");
        keys.Only("distinct_conf", "false", "every detection is a point of the curve");
        keys.Only("use_filtered_tp", "false", "what is ignored does not count");
        var at = keys.Node.Position;
        var (overlap, integral) = (keys.Number("overlap_threshold"), keys.OneOf("integral", "max", "11point"));
        return Metric(at, "map",
            ("overlap_threshold", overlap is null ? null : Tree.Number(overlap.Position, overlap.Value)),
            ("integral", integral is null or "max" ? null : Tree.Text(at, integral)),
            ("include_boundaries", keys.Flag("include_boundaries") == false ? Tree.Flag(at, false) : null),
            ("ignore_difficult", keys.Flag("ignore_difficult") == false ? Tree.Flag(at, false) : null),
            // The Accuracy Checker's own default; that of Pascal VOC's development kit, and here, is true.
            ("allow_multiple_matches_per_ignored", keys.Flag("allow_multiple_matches_per_ignored") == true ? null : Tree.Flag(at, false)));
    }

    /// <summary><c>coco_precision</c> and <c>coco_orig_precision</c>, which differ in how many detections count.</summary>
    public MappingNode? Coco(KeyReader keys, int defaultMaximum)
    {
        var at = keys.Node.Position;
        string? name = Threshold(keys) switch
        {
            null or ".5:.05:.95" or "0.5:0.05:0.95" or ".50:.05:.95" or "0.50:0.05:0.95" => "coco_precision",
            ".5" or "0.5" or ".50" or "0.50" => "coco_precision@50",
            ".75" or "0.75" => "coco_precision@75",
            _ => null,
        };
        if (name is null)
            translation.Unsupported(keys.Node["threshold"]!, $"'{keys.Path}.threshold' must be .5:.05:.95, .5 or .75.");
        var maximum = keys.Whole("max_detections", 1)?.Value ?? defaultMaximum;
        return name is null ? null : Metric(at, name, ("max_detections", maximum == 100 ? null : Tree.Number(at, maximum)));
    }

    private static string? Threshold(KeyReader keys) => keys.Take("threshold") is ScalarNode scalar ? scalar.Text : null;

    private MappingNode Metric(Diagnostics.SourcePosition at, string name, params (string Key, ManifestNode? Value)[] parameters) => Tree.Mapping(at,
        ("name", Tree.Text(at, name)),
        ("params", Tree.Mapping(at, [.. decoding.Select(d => (d.Key, (ManifestNode?)d.Value)), ("keep_top_k", Tree.Number(at, KeepTopK)), .. parameters])));
}
