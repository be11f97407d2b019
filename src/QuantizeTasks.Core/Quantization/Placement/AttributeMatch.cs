using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using AttributeType = QuantizeTasks.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Compares attributes of nodes with values as a manifest writes them: <c>long</c>, <c>double</c>, <c>bool</c>, text, or a list of these.</summary>
internal static class AttributeMatch
{
    /// <summary>True when the node writes the attribute and its value is the one given; numbers are compared as the attribute stores them, true and false are 1 and 0.</summary>
    public static bool Matches(NodeProto node, string name, object value) => node.Find(name) is { } attribute && (value is ImmutableArray<object> list
        ? Values(attribute) is { } values && IsList(attribute) && values.Length == list.Length && values.Zip(list).All(p => AreEqual(p.First, p.Second))
        : !IsList(attribute) && Values(attribute) is [var single] && AreEqual(single, value));

    /// <summary>An attribute's value as a manifest would write it.</summary>
    public static string Text(AttributeProto attribute) =>
        Values(attribute) is not { } values ? attribute.Type.ToString().ToLowerInvariant() : IsList(attribute) ? Text(values.ToImmutableArray()) : Text(values[0]);

    /// <summary>A value as a manifest would write it.</summary>
    public static string Text(object value) => value switch
    {
        ImmutableArray<object> list => $"[{string.Join(", ", list.Select(Text))}]",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => $"'{value}'",
    };

    private static bool IsList(AttributeProto attribute) => attribute.Type is AttributeType.Ints or AttributeType.Floats or AttributeType.Strings;

    /// <summary>The attribute's numbers and texts; null for graphs and tensors.</summary>
    private static object[]? Values(AttributeProto attribute) => attribute.Type switch
    {
        AttributeType.Int => [attribute.I],
        AttributeType.Float => [attribute.F],
        AttributeType.String => [attribute.S.ToStringUtf8()],
        AttributeType.Ints => [.. attribute.Ints.Cast<object>()],
        AttributeType.Floats => [.. attribute.Floats.Cast<object>()],
        AttributeType.Strings => [.. attribute.Strings.Select(s => (object)s.ToStringUtf8())],
        _ => null,
    };

    private static bool AreEqual(object stored, object wished) => (stored, wished) switch
    {
        (long number, bool flag) => number == (flag ? 1 : 0),
        (long number, long whole) => number == whole,
        (long number, double real) => number == real,
        (float number, long whole) => number == whole,
        // 0.1 in the manifest means the float that an exporter made of it.
        (float number, double real) => number == (float)real,
        (string text, string other) => text == other,
        // Unquoted, a text that looks like something else is read as that.
        (string text, _) => text == Text(wished),
        _ => false,
    };
}
