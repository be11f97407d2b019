using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>
/// The engine <c>simplified</c>: images without labels, read in BGR order, cut by <c>central_fraction</c>, resized to the model's input; no mean and no scale, which the model is taken to hold.
/// </summary>
internal static class SimplifiedEngine
{
    /// <summary>The manifest's <c>data</c>.</summary>
    /// <param name="engine">The section.</param>
    /// <param name="model">The model's absolute path; null when the configuration has none, which is reported already.</param>
    /// <param name="translation">Takes what is wrong.</param>
    public static MappingNode? Read(KeyReader engine, string? model, Translation translation)
    {
        var source = engine.RequiredText("data_source");
        var layout = engine.OneOf("layout", "NCHW", "NHWC", "CHW", "HWC");
        var fraction = engine.Number("central_fraction");
        engine.Leave("the model runs in ONNX Runtime on the processor", "device", "stat_requests_number", "eval_requests_number");
        engine.Finish();
        if (source is null || model is null)
            return null;
        var input = ModelInput.Read(model, layout is null ? null : layout.EndsWith("CHW", StringComparison.Ordinal) ? "NCHW" : "NHWC", null);
        var at = source.Position;
        var steps = new List<ManifestNode> { Tree.Step(at, "color", Tree.Word(at, input.Channels == 1 ? "gray" : "bgr")) };
        if (fraction is not null)
            steps.Add(Tree.Step(fraction.Position, "central_fraction", Tree.Number(fraction.Position, fraction.Value)));
        if (input.HasSize)
            steps.Add(ResizeStep(at, input.Width, input.Height));
        steps.Add(Tree.Step(at, "layout", Tree.Word(at, input.IsChannelsFirst ? "nchw" : "nhwc")));
        var calibration = Tree.Mapping(at,
            ("images", translation.Path(source)),
            ("input", input.IsOnly ? null : Tree.Text(at, input.Name)),
            ("preprocess", Tree.List(at, steps)));
        return Tree.Mapping(engine.Node.Position, ("calibration", calibration));
    }

    /// <summary>OpenCV's resize with INTER_LINEAR: two by two pixels, however much the image shrinks.</summary>
    public static MappingNode ResizeStep(SourcePosition at, int width, int height) => Tree.Step(at, "resize", Tree.Mapping(at,
        ("width", Tree.Number(at, width)), ("height", Tree.Number(at, height)), ("antialias", Tree.Flag(at, false))));
}
