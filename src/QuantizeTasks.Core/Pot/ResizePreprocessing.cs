using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The Accuracy Checker's <c>resize</c>, of OpenCV's or Pillow's kind.</summary>
internal sealed class ResizePreprocessing(Translation translation)
{
    /// <summary>Adds the step. The size is what the image is made to fit into, which a <c>padding</c> without a size goes by; null when it is not known.</summary>
    public (int Width, int Height)? Read(KeyReader keys, List<ManifestNode> steps)
    {
        var at = keys.Node.Position;
        var library = keys.OneOf("resize_realization", "opencv", "pillow") ?? (keys.Flag("use_pillow") == true ? "pillow" : "opencv");
        keys.Leave("a resize of another library is named by resize_realization", "use_pillow");
        keys.Only("use_tensorflow", "false", "TensorFlow's resize is not reproduced");
        var size = Size.Read(keys, translation);
        var ratio = keys.OneOf("aspect_ratio_scale", "greater", "fit_to_window");
        var byShorter = ratio == "greater";
        // The kernels of the two libraries differ where they have the same name: OpenCV's looks at the nearest pixels only, and its cubic has another parameter (-0.75, Pillow's -0.5).
        var method = library == "pillow"
            ? keys.OneOf("interpolation", "bilinear", "linear", "bicubic", "cubic", "nearest", "box")?.ToUpperInvariant() switch { "BICUBIC" or "CUBIC" => "bicubic", "NEAREST" => "nearest", "BOX" => "area", _ => "bilinear" }
            : keys.OneOf("interpolation", "linear", "area")?.ToUpperInvariant() == "AREA" ? "area" : "bilinear";
        if (size is not var (width, height))
            return null;
        if (byShorter && width != height)
            translation.Unsupported(keys.Node, $"'{keys.Path}' keeps the ratio of {width} x {height}; with 'aspect_ratio_scale: greater' both must be the same, the shorter edge.");
        steps.Add(Tree.Step(at, "resize", Tree.Mapping(at,
            ("shorter", byShorter ? Tree.Number(at, height) : null),
            ("width", byShorter ? null : Tree.Number(at, width)),
            ("height", byShorter ? null : Tree.Number(at, height)),
            ("keep_ratio", ratio == "fit_to_window" ? Tree.Flag(at, true) : null),
            ("method", method == "bilinear" ? null : Tree.Word(at, method)),
            ("antialias", library == "pillow" || method == "area" ? null : Tree.Flag(at, false)))));
        return byShorter ? null : (width, height);
    }
}
