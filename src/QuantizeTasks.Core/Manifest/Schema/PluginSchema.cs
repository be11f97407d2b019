namespace QuantizeTasks.Manifest.Schema;

/// <summary>Plug-ins: assemblies of the user's own, and classes in them.</summary>
internal static class PluginSchema
{
    private static readonly TextShape Assembly = new("the path of an assembly or 'project'");

    public static EitherShape Assemblies { get; } = new(Assembly, new ListShape(Assembly, Minimum: 1));

    public static TextShape Class { get; } = new("the name of a class");

    /// <summary>A plug-in's parameters, or a metric's.</summary>
    public static NamesShape Parameters(string noun) => new(new EitherShape(new AnyScalarShape(), new ListShape(new AnyScalarShape())), noun);

    public static MappingShape PostProcessing { get; } = new(
    [
        new("type", Class, "A class among `plugins` that implements `IPostProcessing`, with or without its namespace.") { IsRequired = true },
        new("params", Parameters("a mapping of the class's own options"), "Its constructor's parameters by name: `minimalScore` is `minimal_score` here."),
    ]);
}
