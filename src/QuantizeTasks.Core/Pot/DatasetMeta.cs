using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Json;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>A <c>dataset_meta_file</c> of the Accuracy Checker: names of classes as <c>{ "labels": [...] }</c> or <c>{ "label_map": { "0": ... } }</c>.</summary>
internal static class DatasetMeta
{
    /// <summary>The names in the order of their numbers, without a background; null when the file is wrong, which is reported.</summary>
    public static ListNode? Classes(Located<string> path, Translation translation) => Read(path, translation, withBackground: false);

    /// <summary>The same with the background.</summary>
    public static ListNode? Labels(Located<string> path, Translation translation) => Read(path, translation, withBackground: true);

    /// <summary>The colour of each class, red, green and blue; null when the file has none.</summary>
    public static ListNode? Colors(Located<string> path, Translation translation)
    {
        var file = Translation.Full(path);
        var root = JsonTree.Parse(file, ManifestText.Read(file));
        translation.Reads(file);
        return root["segmentation_colors"] as ListNode;
    }

    private static ListNode? Read(Located<string> path, Translation translation, bool withBackground)
    {
        var file = Translation.Full(path);
        var root = JsonTree.Parse(file, ManifestText.Read(file));
        translation.Reads(file);
        if (root["labels"] is ListNode labels)
            return labels;
        if (root.Mapping("label_map") is { } map && map.Entries.All(e => int.TryParse(e.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _) && e.Value is ScalarNode))
        {
            var ordered = map.Entries.OrderBy(e => int.Parse(e.Key, CultureInfo.InvariantCulture)).ToList();
            var first = root.Scalar("background_label") is not null && !withBackground ? 1 : 0;
            if (ordered.Select((e, i) => int.Parse(e.Key, CultureInfo.InvariantCulture) == i).All(isInPlace => isInPlace) && ordered.Count > first)
                return Tree.List(map.Position, ordered.Skip(first).Select(e => e.Value));
        }
        translation.Errors.Add(DiagnosticCodes.PotKeyUnsupported, path, $"'{path.Value}' needs 'labels', a list of names, or 'label_map' with the numbers 0, 1, 2, ...");
        return null;
    }
}
