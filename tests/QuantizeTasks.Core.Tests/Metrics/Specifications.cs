using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>Metrics from a line of text, with values typed as the manifest reader types them.</summary>
internal static class Specifications
{
    public static SourcePosition NamePosition { get; } = new("quantize.yaml", 14, 11);

    public static SourcePosition ParameterPosition { get; } = new("quantize.yaml", 15, 15);

    public static IMetric Create(string name, string parameters = "") => MetricFactory.Create(Of(name, parameters));

    public static MetricSpecification Of(string name, string parameters = "") => new(
        new Located<string>(name, NamePosition), null,
        parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')).ToImmutableSortedDictionary(p => p[0], p => new Located<object>(Value(p[1]), ParameterPosition), StringComparer.Ordinal));

    private static object Value(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number
        : text;
}
