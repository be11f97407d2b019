namespace QuantizeTasks.Manifest.Schema;

/// <summary>The <c>ignored</c> section.</summary>
internal static class IgnoredSchema
{
    private static readonly ListShape Names = new(new TextShape("the name of a node"), Minimum: 1);

    private static readonly MappingShape Operation = new(
    [
        new("type", new TextShape("an ONNX operator type"), "The operator type, such as `Mul`.") { IsRequired = true },
        new("attributes", new NamesShape(new EitherShape(new AnyScalarShape(), new ListShape(new AnyScalarShape())), "a mapping of attribute names to values"),
            "Only operators that have all of these attributes with these values, as in `{ group: 1, kernel_shape: [3, 3] }`. An attribute that a node does not write down has no value, whatever its default."),
    ]);

    private static readonly MappingShape Subgraph = new(
    [
        new("inputs", Names, "The nodes it begins with.") { IsRequired = true },
        new("outputs", Names, "The nodes it ends with.") { IsRequired = true },
    ]);

    public static MappingShape Ignored { get; } = new(
    [
        new("scope", new ListShape(new TextShape("the name of a node")), "Names of nodes."),
        new("patterns", new ListShape(new TextShape("a regular expression")), "Regular expressions (those of .NET); a node whose whole name matches one stays in float."),
        new("operations", new ListShape(Operation), "Operator types, all of that type or only those with certain attributes."),
        new("subgraphs", new ListShape(Subgraph), "Parts of the model: every node on a path from one of `inputs` to one of `outputs`, these included."),
        new("skip_model", new BooleanShape(), "Leaves the whole model in float: what is published is the float model, with a warning.") { Default = "false" },
    ]);
}
