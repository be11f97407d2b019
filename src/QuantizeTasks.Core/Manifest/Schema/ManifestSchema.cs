namespace QuantizeTasks.Manifest.Schema;

/// <summary>The manifest as a whole.</summary>
internal static class ManifestSchema
{
    public static MappingShape Root { get; } = new(
    [
        new("model", new TextShape("a path"), "The float ONNX model.") { IsRequired = true },
        new("output", new TextShape("a relative path"), "Where the int8 model goes below the output directory; never outside it. By default the model's own path relative to the manifest (or its file name when it lies elsewhere) with `.int8` before the extension."),
        new("data", DataSchema.Data, "The samples that the model is calibrated with and judged by.") { IsRequired = true },
        new("metrics", MetricSchema.Metrics, "What the verdict is about. Needed whenever there is a budget. May stand in the algorithm's `params` instead."),
        new("plugins", PluginSchema.Assemblies, "Assemblies with classes of your own that data, metrics and `post_processing` name: paths, or the word `project` for the assembly of the project that is built (by hand: what `--plugins` names). They are loaded beside the quantizer, with the dependencies that they themselves come with."),
        new("post_processing", PluginSchema.PostProcessing, "A class of your own that turns the model's outputs into what every metric sees, such as boxes from the raw output of a detector. The float model's outputs go through it too."),
        new("verdict", VerdictSchema.Verdict, "What has to be proven besides the drop."),
        new("compression", CompressionSchema.Compression, "What to do. By default AccuracyAwareQuantization with its default parameters."),
        new("engine", new AnyScalarShape(), "How the Post-training Optimization Tool reads data. Here `data` says it.") { IsSupported = false },
    ]);

    /// <summary>Every mapping with known keys and where it stands, outermost first.</summary>
    public static IEnumerable<(string Path, MappingShape Mapping)> Mappings => MappingsOf(Root);

    /// <summary>The mappings in another shape, likewise.</summary>
    public static IEnumerable<(string Path, MappingShape Mapping)> MappingsOf(MappingShape root) => Walk("", root);

    private static IEnumerable<(string Path, MappingShape Mapping)> Walk(string path, Shape shape) => shape switch
    {
        MappingShape mapping => mapping.Keys.SelectMany(k => Walk(path.Length == 0 ? k.Name : $"{path}.{k.Name}", k.Shape)).Prepend((path, mapping)),
        ListShape list => Walk(path + "[]", list.Item),
        NamesShape names => Walk(path + ".*", names.Value),
        EitherShape either => Walk(path, either.Single).Concat(Walk(path, either.Several)),
        _ => [],
    };
}
