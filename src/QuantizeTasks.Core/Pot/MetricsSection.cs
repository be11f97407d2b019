using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Turns the Accuracy Checker's adapter and <c>metrics</c> into the manifest's metrics.</summary>
/// <param name="launcher">Has the adapter.</param>
/// <param name="postprocessing">The dataset's.</param>
/// <param name="maskClasses">How many classes its masks have; null without masks.</param>
/// <param name="translation">Takes what is wrong.</param>
internal sealed class MetricsSection(LauncherSection launcher, ImmutableArray<ManifestNode> postprocessing, int? maskClasses, Translation translation)
{
    private static readonly string[] Types = ["accuracy", "map", "coco_precision", "coco_orig_precision", "mean_iou"];

    public ImmutableArray<NamedMetric> Read(KeyReader dataset)
    {
        if (!dataset.Has("metrics"))
            translation.Errors.Add(DiagnosticCodes.MissingKey, dataset.Node, $"'{dataset.Path}.metrics' is missing.");
        var metrics = ImmutableArray.CreateBuilder<NamedMetric>();
        foreach (var (item, index) in dataset.List("metrics").Select((item, index) => (item, index)))
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{dataset.Path}.metrics[{index}]");
            if (item is MappingNode mapping)
                metrics.AddRange(Metric(new KeyReader(mapping, path, translation)));
            else
                translation.Unsupported(item, $"'{path}' must be a mapping with 'type', but is {item.Kind}.");
        }
        return metrics.ToImmutable();
    }

    private IEnumerable<NamedMetric> Metric(KeyReader keys)
    {
        if (keys.RequiredText("type") is not { } type)
            yield break;
        var name = keys.Text("name") ?? type;
        keys.Leave("it is for printing and for comparison with published values", "presenter", "reference", "abs_threshold", "rel_threshold");
        var node = type.Value switch
        {
            "accuracy" => Accuracy(keys),
            "map" => Detection(keys)?.Voc(keys),
            "coco_precision" => Detection(keys)?.Coco(keys, defaultMaximum: 20),
            "coco_orig_precision" => Detection(keys)?.Coco(keys, defaultMaximum: 100),
            "mean_iou" => Segmentation(keys),
            _ => null,
        };
        if (node is null && Types.Contains(type.Value))
            yield break; // What is wrong is reported.
        if (node is null)
        {
            translation.Unsupported(keys.Node["type"]!, $"The metric '{ScalarNode.Shorten(type.Value)}' is not supported.{DidYouMean.Hint(type.Value, Types)} Supported: {string.Join(", ", Types)}.");
            yield break;
        }
        keys.Finish();
        yield return new NamedMetric(name.Value, type.Value, node);
    }

    private DetectionMetrics? Detection(KeyReader keys) => DetectionAdapter.Read(launcher, postprocessing, keys, translation) is { } decoding ? new DetectionMetrics(decoding, translation) : null;

    private MappingNode? Segmentation(KeyReader keys)
    {
        keys.Only("use_argmax", "true", "the class of a position is the one with the largest score");
        var ignored = keys.Whole("ignore_label", 0);
        foreach (var step in postprocessing)
            translation.Unsupported(step, "'postprocessing' is not supported with segmentation: masks have to be of the output's size and hold classes.");
        if (launcher.Adapter is { } adapter)
        {
            adapter.OneOf("type", "segmentation");
            adapter.Leave("the class of a position is the one with the largest score", "make_argmax");
            adapter.Finish();
        }
        if (maskClasses is not { } classes)
        {
            translation.Unsupported(keys.Node, $"'{keys.Path}' needs masks: 'annotation_conversion' with 'common_semantic_segmentation' and its 'dataset_meta_file'.");
            return null;
        }
        var at = keys.Node.Position;
        return Tree.Mapping(at, ("name", Tree.Text(at, "mean_iou")),
            ("params", Tree.Mapping(at, ("classes", Tree.Number(at, classes)), ("ignore", ignored is null ? null : Tree.Number(at, ignored.Value)))));
    }

    private MappingNode Accuracy(KeyReader keys)
    {
        var at = keys.Node.Position;
        var k = keys.Whole("top_k", 1)?.Value ?? 1;
        keys.Only("match", "false", "it is for other predictions than scores of classes");
        foreach (var step in postprocessing)
            translation.Unsupported(step, "'postprocessing' is not supported with classification.");
        Located<string>? output = null;
        if (launcher.Adapter is { } adapter)
        {
            adapter.OneOf("type", "classification");
            output = adapter.Text("classification_output");
            adapter.Only("argmax_output", "false", "accuracy needs scores");
            adapter.Only("block", "false", "samples are fed one by one");
            adapter.Finish();
        }
        return Tree.Mapping(at,
            ("name", Tree.Text(at, string.Create(CultureInfo.InvariantCulture, $"accuracy@top{k}"))),
            ("params", output is null ? null : Tree.Mapping(output.Position, ("output", Tree.Text(output.Position, output.Value)))));
    }
}
