using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>annotations</c> of a source of images.</summary>
internal sealed class AnnotationSection(ManifestPaths paths, ErrorList errors)
{
    private static readonly (string Key, AnnotationFormat Format)[] Formats =
        [("imagenet", AnnotationFormat.ImageNet), ("coco", AnnotationFormat.Coco), ("voc", AnnotationFormat.Voc), ("masks", AnnotationFormat.Masks)];

    /// <summary>Background and the 20 classes of Pascal VOC: bit i of a class goes to the bits of red, green and blue in turn, from the highest down (VOClabelcolormap of the development kit).</summary>
    private static readonly ImmutableArray<int> VocColors = [.. Enumerable.Range(0, 21).Select(VocColor)];

    /// <summary>What goes with some formats only.</summary>
    private static readonly (string Key, AnnotationFormat[] Of)[] Options =
    [
        ("image_set", [AnnotationFormat.Voc, AnnotationFormat.Masks]), ("classes", [AnnotationFormat.Voc]), ("classes_by", [AnnotationFormat.Coco]), ("colors", [AnnotationFormat.Masks]), ("follow_image", [AnnotationFormat.Masks]),
        ("first_class", [AnnotationFormat.ImageNet, AnnotationFormat.Coco, AnnotationFormat.Voc]),
    ];

    private static int VocColor(int index)
    {
        var color = 0;
        for (var bit = 7; index > 0; bit--, index >>= 3)
            color |= ((index & 1) << (16 + bit)) | (((index >> 1) & 1) << (8 + bit)) | (((index >> 2) & 1) << bit);
        return color;
    }

    /// <summary>Reads the section; null when there is none or it is wrong, which the shape check has reported.</summary>
    /// <param name="source">The source.</param>
    /// <param name="path">Where it stands, for messages.</param>
    public AnnotationSpecification? Read(MappingNode source, string path)
    {
        if (source.Mapping("annotations") is not { } section || Formats.FirstOrDefault(f => section.Text(f.Key) is not null) is not { Key: { } key, Format: var format })
            return null;
        if (source.Text("labels") is { } labels)
            errors.Add(DiagnosticCodes.ConflictingKeys, labels, $"'{path}.labels' has no effect beside 'annotations', which say what is in the images. Remove one of them.");
        foreach (var (only, of) in Options)
            if (!of.Contains(format) && section[only] is { } stray)
                errors.Add(DiagnosticCodes.ConflictingKeys, stray, $"'{path}.annotations.{only}' has no effect with '{key}'. Remove it.");
        var classes = section.List("classes").OfType<ScalarNode>().Select(c => c.Locate(c.Text)).ToList();
        foreach (var again in classes.GroupBy(c => c.Value, StringComparer.Ordinal).SelectMany(g => g.Skip(1)))
            errors.Add(DiagnosticCodes.ConflictingKeys, again, $"The class '{again.Value}' is given twice.");
        return new AnnotationSpecification(
            format, paths.Absolute(section.Text(key)!), section.Text("image_set") is { } set ? paths.Absolute(set) : null, [.. classes],
            section.Whole("first_class")?.Value ?? 0, section.Text("classes_by")?.Value == "id")
        {
            Colors = Colors(section),
            FollowsImage = section.Flag("follow_image") ?? false,
        };
    }

    private ImmutableArray<int> Colors(MappingNode section)
    {
        if (section.Text("colors") is { Value: "voc" })
            return VocColors;
        var colors = section.List("colors").OfType<ListNode>().Select(c => (Node: c, Value: c.Items.OfType<ScalarNode>().Select(n => n.Whole() ?? 0).Aggregate(0, (packed, value) => (packed << 8) | value))).ToList();
        foreach (var wrong in section.List("colors").OfType<ListNode>().Where(c => c.Items.Length != 3))
            errors.Add(DiagnosticCodes.WrongType, wrong, $"A colour is three numbers, red, green and blue, but this one has {wrong.Items.Length}.");
        foreach (var again in colors.GroupBy(c => c.Value).SelectMany(g => g.Skip(1)))
            errors.Add(DiagnosticCodes.ConflictingKeys, again.Node, "The colour is given twice, so it is not clear which class it is.");
        return [.. colors.Select(c => c.Value)];
    }
}
