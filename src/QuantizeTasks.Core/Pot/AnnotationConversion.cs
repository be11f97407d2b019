using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The Accuracy Checker's <c>annotation_conversion</c> as the manifest says it.</summary>
/// <param name="Annotations">The manifest's <c>annotations</c>.</param>
/// <param name="MaskClasses">How many classes masks have; null when they are no masks.</param>
/// <param name="Labels">The manifest's <c>labels</c> instead; null without.</param>
internal sealed record AnnotationConversion(MappingNode? Annotations, int? MaskClasses, ScalarNode? Labels = null)
{
    /// <summary>Background and the 20 classes of Pascal VOC.</summary>
    private const int VocClasses = 21;

    private static readonly string[] Converters = ["imagenet", "voc_detection", "mscoco_detection", "common_semantic_segmentation", "voc_segmentation", "csv"];

    /// <summary>The annotations; null when they are wrong, which is reported.</summary>
    /// <param name="keys">The conversion.</param>
    /// <param name="postprocessing">The dataset's.</param>
    /// <param name="translation">Takes what is wrong.</param>
    public static AnnotationConversion? Read(KeyReader keys, ImmutableArray<ManifestNode> postprocessing, Translation translation)
    {
        var converter = keys.RequiredText("converter");
        MappingNode? annotations;
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
                return ReadMasks(keys, MaskPostprocessing.Read(postprocessing, translation), translation);
            case "voc_segmentation":
                return ReadVocMasks(keys, MaskPostprocessing.Read(postprocessing, translation), translation);
            // Ours: the Accuracy Checker has none for a table of images and their classes.
            case "csv":
                var table = keys.RequiredText("annotation_file");
                keys.Finish();
                return table is null ? null : new AnnotationConversion(null, null, translation.Path(table));
            case { } unknown:
                translation.Unsupported(keys.Node["converter"]!, $"The annotation converter '{ScalarNode.Shorten(unknown)}' is not supported.{DidYouMean.Hint(unknown, Converters)} Supported: {string.Join(", ", Converters)}.");
                return null;
            default:
                return null;
        }
        keys.Leave("images are read from data_source", "images_dir");
        keys.Finish();
        return new AnnotationConversion(annotations, null);
    }

    /// <summary>A PNG of each image's name, whose values are classes, or its colours when they are encoded.</summary>
    private static AnnotationConversion? ReadMasks(KeyReader keys, MaskPostprocessing steps, Translation translation)
    {
        keys.Leave("images are read from data_source", "images_dir", "image_postfix");
        foreach (var prefix in (string[])["image_prefix", "mask_prefix"])
            keys.Only(prefix, "", "a mask has the name of its image");
        keys.Only("mask_postfix", ".png", "a mask is a PNG with the name of its image");
        keys.Leave("a PNG is read as it is stored", "mask_loader");
        var (masks, meta) = (keys.RequiredText("masks_dir"), keys.RequiredText("dataset_meta_file"));
        keys.Finish();
        if (masks is null || meta is null || DatasetMeta.Labels(meta, translation) is not { } classes)
            return null;
        var colors = steps.AreEncoded ? DatasetMeta.Colors(meta, translation) : null;
        if (steps.AreEncoded && colors is null)
            translation.Unsupported(keys.Node["dataset_meta_file"]!, $"'encode_segmentation_mask' needs 'segmentation_colors' in '{meta.Value}': a colour for each class.");
        return Masks(keys, masks, null, colors, steps, classes.Items.Length, translation);
    }

    /// <summary>Pascal VOC's: those that an image set lists, with a colour for each class.</summary>
    private static AnnotationConversion? ReadVocMasks(KeyReader keys, MaskPostprocessing steps, Translation translation)
    {
        keys.Leave("images are read from data_source", "images_dir");
        var (set, masks, meta) = (keys.RequiredText("imageset_file"), keys.Text("mask_dir"), keys.Text("dataset_meta_file"));
        keys.Finish();
        if (set is null)
            return null;
        // Where the development kit has them: ImageSets/Segmentation/val.txt beside SegmentationClass.
        masks ??= set with { Value = System.IO.Path.Combine(Above(Above(Above(set.Value))), "SegmentationClass") };
        var classes = meta is null ? null : DatasetMeta.Labels(meta, translation);
        ManifestNode? colors = meta is null ? null : DatasetMeta.Colors(meta, translation);
        return Masks(keys, masks, set, colors ?? Tree.Word(keys.Node.Position, "voc"), steps, classes?.Items.Length ?? VocClasses, translation);
    }

    /// <summary>The folder that a path is in, as a path of the same kind.</summary>
    private static string Above(string path) => path == "." ? ".." : System.IO.Path.GetFileName(path) == ".." ? path + "/.." : System.IO.Path.GetDirectoryName(path) switch { null => path, "" => ".", var folder => folder };

    private static AnnotationConversion Masks(KeyReader keys, Located<string> masks, Located<string>? set, ManifestNode? colors, MaskPostprocessing steps, int classes, Translation translation) => new(
        Tree.Mapping(keys.Node.Position,
            ("masks", translation.Path(masks)),
            ("image_set", set is null ? null : translation.Path(set)),
            ("colors", colors),
            ("follow_image", steps.FollowImages ? Tree.Flag(keys.Node.Position, true) : null)),
        classes);

    private static MappingNode? Of(KeyReader keys, string format, Located<string>? path, Located<string>? set, bool hasBackground, Translation translation) => path is null ? null : Tree.Mapping(keys.Node.Position,
        (format, translation.Path(path)),
        ("image_set", set is null ? null : translation.Path(set)),
        ("first_class", hasBackground ? Tree.Number(keys.Node.Position, 1) : null));
}
