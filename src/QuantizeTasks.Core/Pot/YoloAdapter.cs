using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>
/// The Accuracy Checker's adapters <c>yolo_v2</c>, <c>yolo_v3</c> and <c>yolo_v5</c> (its adapters/yolo.py) as the manifest's decoding <c>yolo_grid</c>. Their keys about the form of outputs are not needed, as a shape says it.
/// </summary>
internal sealed class YoloAdapter(KeyReader adapter, Translation translation)
{
    private const double DefaultThreshold = 0.001;

    private static readonly Dictionary<string, double[]> Precomputed = new(StringComparer.Ordinal)
    {
        ["yolo_v2"] = [1.3221, 1.73145, 3.19275, 4.00944, 5.05587, 8.09892, 9.47112, 4.84053, 11.2364, 10.0071],
        ["tiny_yolo_v2"] = [1.08, 1.19, 3.42, 4.41, 6.63, 11.38, 9.42, 5.11, 16.62, 10.52],
        ["yolo_v3"] = [10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326],
        ["tiny_yolo_v3"] = [10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319],
    };

    /// <summary>The decoding's parameters; null when they are wrong, which is reported.</summary>
    /// <param name="type">The adapter's type.</param>
    public ImmutableArray<(string Key, ManifestNode Value)>? Read(string type)
    {
        var at = adapter.Node.Position;
        var isV2 = type == "yolo_v2";
        adapter.Leave("the shape of an output says it", "cells", "output_format", "do_reshape", "transpose");
        adapter.Only("coords", "4", "a box is four numbers");
        var classes = adapter.Whole("classes", 1)?.Value ?? (isV2 ? 20 : 80);
        var isRaw = adapter.Flag("raw_output") == true;
        var outputs = isV2 ? null : Outputs();
        var anchors = Anchors(isV2 ? "yolo_v2" : "yolo_v3");
        var perOutput = anchors is null || (outputs is null && !isV2) ? null : AnchorsOf(anchors.Value, outputs?.Items.Length ?? 1, adapter.Whole("num", 1)?.Value ?? (isV2 ? 5 : 3), isV2);
        var isMultiple = !isV2 && adapter.Flag("multiple_labels") == true;
        var threshold = isV2 ? DefaultThreshold : adapter.Number("threshold")?.Value ?? DefaultThreshold;
        if (perOutput is null)
            return null;
        // Without raw_output the sigmoids are in the model, and a yolo_v5 is then decoded as a yolo_v3 is.
        var style = isV2 ? "yolov2" : type == "yolo_v5" && isRaw ? "yolov5" : "yolov3";
        var parameters = ImmutableArray.CreateBuilder<(string, ManifestNode)>();
        parameters.Add(("decoding", Tree.Word(at, "yolo_grid")));
        if (outputs is not null)
            parameters.Add(("outputs", outputs));
        parameters.Add(("classes", Tree.Number(at, classes)));
        parameters.Add(("anchors", Tree.List(at, perOutput.Select(a => Tree.Number(at, a)))));
        parameters.Add(("style", Tree.Word(at, style)));
        if (!isRaw)
            parameters.Add(("activated", Tree.Flag(at, true)));
        if (!isMultiple)
            parameters.Add(("multi_label", Tree.Flag(at, false)));
        parameters.Add((isMultiple ? "score_threshold" : "objectness_threshold", Tree.Number(at, threshold)));
        return parameters.ToImmutable();
    }

    private ListNode? Outputs()
    {
        if (adapter.Take("outputs") is not ListNode { Items.IsEmpty: false } outputs || !outputs.Items.All(o => o is ScalarNode { Text.Length: > 0 }))
        {
            translation.Unsupported(adapter.Node, $"'{adapter.Path}.outputs' must be a list of the names of outputs.");
            return null;
        }
        return Tree.List(outputs.Position, outputs.Items.Select(o => Tree.Text(o.Position, ((ScalarNode)o).Text)));
    }

    private ImmutableArray<double>? Anchors(string missing)
    {
        if (!adapter.Has("anchors") || (adapter.Node["anchors"] is ScalarNode { Text: var name } && Precomputed.ContainsKey(name)))
            return [.. Precomputed[adapter.Text("anchors")?.Value ?? missing]];
        var numbers = adapter.Numbers("anchors");
        if (numbers.IsEmpty)
            return null;
        if (numbers.Length % 2 == 0)
            return [.. numbers.Select(n => n.Value)];
        translation.Unsupported(adapter.Node["anchors"]!, $"'{adapter.Path}.anchors' must be pairs of width and height, but has {numbers.Length} numbers.");
        return null;
    }

    /// <summary>The anchors of every output: those of its mask, or without masks the first <c>num</c> for each.</summary>
    private IReadOnlyList<double>? AnchorsOf(ImmutableArray<double> anchors, int outputs, int num, bool isV2)
    {
        var masks = isV2 ? null : adapter.Take("anchor_masks");
        if (masks is null)
        {
            if (2 * num <= anchors.Length)
                return [.. Enumerable.Repeat(anchors.Take(2 * num), outputs).SelectMany(a => a)];
            translation.Unsupported(adapter.Node, $"'{adapter.Path}.num' is {num}, but there are {anchors.Length / 2} anchors.");
            return null;
        }
        var chosen = (masks as ListNode)?.Items.Select(m => (m as ListNode)?.Items.Select(i => (i as ScalarNode)?.Whole()).ToArray()).ToArray();
        if (chosen is null || chosen.Length != outputs || chosen.Any(m => m is null or [] || m.Length != chosen[0]!.Length || m.Any(i => i is not { } index || index < 0 || index >= anchors.Length / 2)))
        {
            translation.Unsupported(masks, $"'{adapter.Path}.anchor_masks' must have for each of the {outputs} outputs a list of numbers of anchors, from 0 to {(anchors.Length / 2) - 1}, all of the same length.");
            return null;
        }
        return [.. chosen.SelectMany(m => m!).SelectMany(i => (double[])[anchors[2 * i!.Value], anchors[(2 * i.Value) + 1]])];
    }
}
