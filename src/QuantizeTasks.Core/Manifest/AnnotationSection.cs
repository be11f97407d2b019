using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>annotations</c> of a source of images.</summary>
internal sealed class AnnotationSection(ManifestPaths paths, ErrorList errors)
{
    private static readonly (string Key, AnnotationFormat Format)[] Formats =
        [("imagenet", AnnotationFormat.ImageNet), ("coco", AnnotationFormat.Coco), ("voc", AnnotationFormat.Voc)];

    /// <summary>Reads the section; null when there is none or it is wrong, which the shape check has reported.</summary>
    /// <param name="source">The source.</param>
    /// <param name="path">Where it stands, for messages.</param>
    public AnnotationSpecification? Read(MappingNode source, string path)
    {
        if (source.Mapping("annotations") is not { } section || Formats.FirstOrDefault(f => section.Text(f.Key) is not null) is not { Key: { } key, Format: var format })
            return null;
        if (source.Text("labels") is { } labels)
            errors.Add(DiagnosticCodes.ConflictingKeys, labels, $"'{path}.labels' has no effect beside 'annotations', which say what is in the images. Remove one of them.");
        foreach (var (only, of) in (((string, AnnotationFormat)[])[("image_set", AnnotationFormat.Voc), ("classes", AnnotationFormat.Voc), ("classes_by", AnnotationFormat.Coco)]))
            if (format != of && section[only] is { } stray)
                errors.Add(DiagnosticCodes.ConflictingKeys, stray, $"'{path}.annotations.{only}' has no effect with '{key}'. Remove it.");
        var classes = section.List("classes").OfType<ScalarNode>().Select(c => c.Locate(c.Text)).ToList();
        foreach (var again in classes.GroupBy(c => c.Value, StringComparer.Ordinal).SelectMany(g => g.Skip(1)))
            errors.Add(DiagnosticCodes.ConflictingKeys, again, $"The class '{again.Value}' is given twice.");
        return new AnnotationSpecification(
            format, paths.Absolute(section.Text(key)!), section.Text("image_set") is { } set ? paths.Absolute(set) : null, [.. classes],
            section.Whole("first_class")?.Value ?? 0, section.Text("classes_by")?.Value == "id");
    }
}
