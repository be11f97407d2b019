using System.Collections.Immutable;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>The steps of <c>preprocess</c>.</summary>
internal static class PreprocessSchema
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
        new("keep_ratio", new BooleanShape(), "With `width` and `height`: makes the image as large as fits into them, keeping its proportions, as detectors want it before `pad_to`. The other edge is rounded down.") { Default = "false" },
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

    private static MappingShape OneOf(ImmutableArray<Key> keys) => new(keys) { Alternatives = [.. keys.Select(k => ImmutableArray.Create(k.Name))] };
}
