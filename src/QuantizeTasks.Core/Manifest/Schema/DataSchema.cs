using System.Collections.Immutable;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>The <c>data</c> section.</summary>
internal static class DataSchema
{
    /// <summary>Pixels along an edge: enough for any model's input, and a bound on what one manifest line makes a reader allocate.</summary>
    private static readonly NumberShape Pixels = new(NumberType.Whole) { Minimum = 1, Maximum = 16384 };

    private static readonly NumberShape Single = new(NumberType.Single);

    private static readonly NumberShape NotZero = Single with { NotZero = true };

    private static readonly MappingShape Resize = new(
    [
        new("shorter", Pixels, "The shorter edge in pixels; the longer one follows in proportion."),
        new("width", Pixels, "The width in pixels."),
        new("height", Pixels, "The height in pixels."),
        new("method", new ChoiceShape("bilinear", "bicubic", "nearest", "area"), "How pixels between pixels are made.") { Default = "bilinear" },
        new("antialias", new BooleanShape(), "Whether the filter widens when the image shrinks, as Pillow's resize does.") { Default = "true" },
    ])
    {
        Alternatives = [["shorter"], ["width", "height"]],
    };

    private static readonly MappingShape Crop = new(
    [
        new("width", Pixels, "The width in pixels.") { IsRequired = true },
        new("height", Pixels, "The height in pixels.") { IsRequired = true },
    ]);

    private static readonly MappingShape Pad = new(
    [
        new("width", Pixels, "The width in pixels.") { IsRequired = true },
        new("height", Pixels, "The height in pixels.") { IsRequired = true },
        new("value", Single, "What the border is filled with.") { Default = "0" },
    ]);

    private static readonly MappingShape Normalize = new(
    [
        new("mean", new EitherShape(Single, new ListShape(Single, Minimum: 1)), "Subtracted from every value: one number for all channels or a list of one a channel.") { IsRequired = true },
        new("std", new EitherShape(NotZero, new ListShape(NotZero, Minimum: 1)), "What the difference is divided by: one number for all channels or a list of one a channel.") { IsRequired = true },
    ]);

    private static readonly MappingShape Annotations = new(
    [
        new("list", new TextShape("a path"), "A text file with an image a line; no labels."),
        new("imagenet", new TextShape("a path"), "A text file with an image and the index of its class a line, as ImageNet's `val.txt`."),
        new("coco", new TextShape("a path"), "An `instances_*.json` of COCO: boxes. Images are read in ascending order of their ids."),
        new("voc", new TextShape("a path"), "A folder of Pascal VOC's XML files: boxes. All of them in ordinal order of their names, or those of `image_set`."),
        new("image_set", new TextShape("a path"), "With `voc`: a text file with the name of an image a line, without extension, as in `ImageSets/Main`."),
        new("classes", new ListShape(new TextShape("the name of a class"), Minimum: 1), "With `voc`: the names of classes in the model's order. By default Pascal VOC's own 20, `aeroplane` to `tvmonitor`."),
        new("classes_by", new ChoiceShape("position", "id"), "With `coco`: whether a category's class is its position in the list of categories or its id.") { Default = "position" },
        new("first_class", new NumberShape(NumberType.Whole) { Minimum = 0, Maximum = 1 << 20 }, "The model's index of the first class: 1 when it has a background class before it.") { Default = "0" },
    ])
    {
        Alternatives = [["list"], ["imagenet"], ["coco"], ["voc"]],
    };

    public static MappingShape Step { get; } = OneOf(
    [
        new("resize", Resize, "Resizes, keeping the proportions with `shorter`."),
        new("center_crop", new EitherShape(Pixels, Crop), "Cuts out the middle: a square by its edge, or `{ width, height }`."),
        new("central_fraction", new NumberShape { Minimum = 0, AboveMinimum = true, Maximum = 1 }, "Cuts out the middle by this share of both edges."),
        new("pad_to", Pad, "Adds a border around the image up to this size."),
        new("color", new ChoiceShape("rgb", "bgr", "gray"), "The order of the channels."),
        new("divide", NotZero, "Divides every value by this."),
        new("normalize", Normalize, "`(x - mean) / std`."),
        new("layout", new ChoiceShape("nchw", "nhwc"), "The order of axes that the model takes."),
    ]);

    public static MappingShape Validation { get; } = new([.. SourceKeys]) { Alternatives = [["images"], ["tensors"], ["loader"]] };

    public static MappingShape Calibration { get; } = new(
    [
        .. SourceKeys,
        new("from", new ChoiceShape("validation"), "Uses the data of that section."),
    ])
    {
        Alternatives = [["images"], ["tensors"], ["loader"], ["from"]],
    };

    private static readonly MappingShape Certify = new(
    [
        new("holdout", new NumberShape { Minimum = 0, AboveMinimum = true, Maximum = 1, BelowMaximum = true }, "The share of the validation samples that is kept back.") { IsRequired = true },
        new("seed", new NumberShape(NumberType.Whole), "The seed of the draw.") { Default = "0" },
    ]);

    public static MappingShape Data { get; } = new(
    [
        new("validation", Validation, "The labelled samples that the verdict is given on. Needed whenever there is a budget or a metric."),
        new("certification", Validation, "Labelled samples of its own, which no search sees: the verdict is given on them instead. A search that picks among many configurations picks a little of the validation data's noise too."),
        new("certify", Certify, "Keeps a part of the validation data back as certification data. Excludes `certification`."),
        new("calibration", Calibration, "The samples that activation ranges come from; they need no labels.") { Default = "{ from: validation }" },
    ]);

    private static ImmutableArray<Key> SourceKeys =>
    [
        new("images", new TextShape("a path"), "A folder of JPEG or PNG files, or a glob such as `data/*.png`. Read in ordinal order of their names."),
        new("tensors", new NamesShape(new TextShape("a path"), "a mapping of model inputs to .npy files", Minimum: 1), "For every model input an `.npy` file, or a member of an archive as `file.npz#member`. The first axis counts the samples."),
        new("loader", PluginSchema.Class, "A data set of your own: a class among `plugins` that implements `IDataLoader`, with or without its namespace. Its samples are read once before a run, because they themselves are its identity."),
        new("params", PluginSchema.Parameters("a mapping of the loader's own options"), "With `loader`: its constructor's parameters by name (`imageSize` is `image_size` here)."),
        new("labels", new TextShape("a path or 'folders'"), "For images: `folders` (the class is the index of the sub-folder in ordinal order; the default when there are sub-folders), a `.csv` with the header `file,label` (and `slice` if wanted), or an `.npy` whose first axis counts the images. For tensors: an `.npy` file."),
        new("annotations", Annotations, "For images: a file that names the images that count and says what is in them, instead of `labels`. `images` is then the folder that the names are relative to."),
        new("input", new TextShape("the name of a model input"), "The model input that images go to; the model's only input by default."),
        new("preprocess", new ListShape(Step), "What is done to every image, in the written order, on values from 0 to 255 at first."),
    ];

    private static MappingShape OneOf(ImmutableArray<Key> keys) => new(keys) { Alternatives = [.. keys.Select(k => ImmutableArray.Create(k.Name))] };
}
