using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>
/// Typed values of a tree. A value that is absent or has the wrong form is null: the shape check reports it, and whoever reads on does so only to find further errors.
/// </summary>
internal static class NodeValues
{
    public static MappingNode? Mapping(this MappingNode? node, string key) => node?[key] as MappingNode;

    public static ImmutableArray<ManifestNode> List(this MappingNode? node, string key) => (node?[key] as ListNode)?.Items ?? [];

    public static ScalarNode? Scalar(this MappingNode? node, string key) => node?[key] is ScalarNode { IsNull: false } scalar ? scalar : null;

    public static Located<string>? Text(this MappingNode? node, string key) => node.Scalar(key) is { Text.Length: > 0 } scalar && !scalar.Text.Any(char.IsControl) ? scalar.Locate(scalar.Text) : null;

    public static Located<double>? Number(this MappingNode? node, string key) => node.Scalar(key) is { } scalar && ScalarFormat.Number(scalar) is { } number ? scalar.Locate(number) : null;

    public static Located<int>? Whole(this MappingNode? node, string key) => node.Scalar(key) is { } scalar && Whole(scalar) is { } number ? scalar.Locate(number) : null;

    public static int? Whole(this ScalarNode node) =>
        ScalarFormat.IsWholeNumber(node) && int.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static bool? Flag(this MappingNode? node, string key) => node.Scalar(key) is { } scalar ? ScalarFormat.Boolean(scalar) : null;

    /// <summary>A value of whatever kind it is written as: text, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, or an <see cref="ImmutableArray{T}"/> of those.</summary>
    public static object? Anything(this ManifestNode node) => node switch
    {
        ListNode list when list.Items.All(i => i is ScalarNode && i.Anything() is not null) => list.Items.Select(i => i.Anything()!).ToImmutableArray(),
        ScalarNode { IsNull: true } => null,
        ScalarNode scalar when ScalarFormat.Boolean(scalar) is { } flag => flag,
        ScalarNode scalar when ScalarFormat.IsWholeNumber(scalar) && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        ScalarNode scalar when ScalarFormat.Number(scalar) is { } number => number,
        ScalarNode scalar => scalar.Text,
        _ => null,
    };

    public static Located<T> Locate<T>(this ManifestNode node, T value) => new(value, node.Position, node.Source);
}
