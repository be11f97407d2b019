using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The Accuracy Checker's <c>annotation_conversion</c> as the manifest says it.</summary>
/// <param name="Annotations">The manifest's <c>annotations</c>; null with masks.</param>
/// <param name="Masks">The manifest's <c>labels</c>, a folder of masks; null without.</param>
/// <param name="MaskClasses">How many classes masks have.</param>
internal sealed record AnnotationConversion(MappingNode? Annotations, ScalarNode? Masks, int? MaskClasses)
{
    private static readonly string[] Converters = ["imagenet", "voc_detection", "mscoco_detection", "common_semantic_segmentation"];

    /// <summary>The annotations; null when they are wrong, which is reported.</summary>
    public static AnnotationConversion? Read(KeyReader keys, Translation translation)
    {
        var converter = keys.RequiredText("converter");
        MappingNode? annotations = null;
        switch (converter?.Value)
        {
            case "imagenet":
                keys.Leave("names of classes are not needed", "labels_file", "dataset_meta_file");
                annotations = Of(keys, "imagenet", keys.RequiredText("annotation_file"), null, keys.Flag("has_background") ?? false, translation);
                break;
            case "voc_detection":
                var (folder, set) = (keys.RequiredText("annotations_dir"), keys.RequiredText("imageset_file"));
                annotations = Of(keys, "voc", folder, set, keys.Flag("has_background") ?? true, translation);
                if (annotations is not null && keys.Text("dataset_meta_file") is { } voc && DatasetMeta.Classes(voc, translation) is { } classes)
                    annotations = annotations.With("classes", classes);
                break;
            case "mscoco_detection":
                annotations = Of(keys, "coco", keys.RequiredText("annotation_file"), null, keys.Flag("has_background") ?? false, translation);
                keys.Only("sort_annotations", "true", "images are read in ascending order of their ids");
                keys.Only("sort_key", "image_id", "images are read in ascending order of their ids");
                keys.Only("convert_COCO_to_VOC_labels", "false", "write an annotation file with the model's classes");
                if (keys.Flag("use_full_label_map") == true)
                    annotations = annotations?.With("classes_by", Tree.Word(keys.Node.Position, "id"));
                break;
            case "common_semantic_segmentation":
                return ReadMasks(keys, translation);
            case { } unknown:
                translation.Unsupported(keys.Node["converter"]!, $"The annotation converter '{ScalarNode.Shorten(unknown)}' is not supported.{DidYouMean.Hint(unknown, Converters)} Supported: {string.Join(", ", Converters)}.");
                return null;
            default:
                return null;
        }
        keys.Leave("images are read from data_source", "images_dir");
        keys.Finish();
        return new AnnotationConversion(annotations, null, null);
    }

    /// <summary>Masks as <c>labels</c> has them: a PNG of the image's name, whose values are classes.</summary>
    private static AnnotationConversion? ReadMasks(KeyReader keys, Translation translation)
    {
        keys.Leave("images are read from data_source", "images_dir", "image_postfix");
        foreach (var prefix in (string[])["image_prefix", "mask_prefix"])
            keys.Only(prefix, "", "a mask has the name of its image");
        keys.Only("mask_postfix", ".png", "a mask is a PNG with the name of its image");
        var (masks, meta) = (keys.RequiredText("masks_dir"), keys.RequiredText("dataset_meta_file"));
        keys.Finish();
        return masks is null || meta is null || DatasetMeta.Labels(meta, translation) is not { } classes ? null : new AnnotationConversion(null, translation.Path(masks), classes.Items.Length);
    }

    private static MappingNode? Of(KeyReader keys, string format, Located<string>? path, Located<string>? set, bool hasBackground, Translation translation) => path is null ? null : Tree.Mapping(keys.Node.Position,
        (format, translation.Path(path)),
        ("image_set", set is null ? null : translation.Path(set)),
        ("first_class", hasBackground ? Tree.Number(keys.Node.Position, 1) : null));
}
