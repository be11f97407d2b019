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
/// <param name="isChannelsFirst">Where scores of classes are in the output: where channels are in the input.</param>
/// <param name="translation">Takes what is wrong.</param>
internal sealed class MetricsSection(LauncherSection launcher, ImmutableArray<ManifestNode> postprocessing, int? maskClasses, bool isChannelsFirst, Translation translation)
{
    /// <summary>What positions of a mask have that are of no class.</summary>
    private const int NoClass = 255;

    private static readonly string[] Types = ["accuracy", "map", "coco_precision", "coco_orig_precision", "mean_iou", "mean_accuracy", "segmentation_accuracy"];

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
            "mean_iou" or "mean_accuracy" => Segmentation(keys, type.Value),
            "segmentation_accuracy" => Segmentation(keys, "pixel_accuracy"),
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

    /// <summary>
    /// A metric of masks. As in metrics/semantic_segmentation.py of the Accuracy Checker, a label outside of the classes does not count, an ignored class counts neither in labels nor in predictions, and mean_iou is over the
    /// classes that occur in either.
    /// </summary>
    private MappingNode? Segmentation(KeyReader keys, string name)
    {
        var hasClasses = keys.Flag("use_argmax") == false;
        var ignored = keys.Whole("ignore_label", 0);
        if (launcher.Adapter is { } adapter)
        {
            adapter.OneOf("type", "segmentation");
            hasClasses &= adapter.Flag("make_argmax") != true;
            adapter.Finish();
        }
        if (maskClasses is not { } classes)
        {
            translation.Unsupported(keys.Node, $"'{keys.Path}' needs masks: 'annotation_conversion' with 'voc_segmentation', or 'common_semantic_segmentation' and its 'dataset_meta_file'.");
            return null;
        }
        var at = keys.Node.Position;
        var isOwnClass = ignored is not null && ignored.Value < classes;
        return Tree.Mapping(at, ("name", Tree.Text(at, name)), ("params", Tree.Mapping(at,
            ("classes", Tree.Number(at, classes)),
            ("axis", isChannelsFirst || hasClasses ? null : Tree.Number(at, -1)),
            ("ignore", ignored is null or { Value: NoClass } ? Tree.Number(at, NoClass) : Tree.List(at, [Tree.Number(at, ignored.Value), Tree.Number(at, NoClass)])),
            ("ignore_predicted", isOwnClass ? Tree.Flag(at, true) : null),
            ("average", name == "mean_iou" ? Tree.Word(at, "seen") : null),
            ("predictions", hasClasses ? Tree.Word(at, "classes") : null))));
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
