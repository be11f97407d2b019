using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Turns the Accuracy Checker's adapter and <c>metrics</c> into the manifest's metrics.</summary>
internal sealed class MetricsSection(LauncherSection launcher, ImmutableArray<ManifestNode> postprocessing, Translation translation)
{
    private static readonly string[] Types = ["accuracy"];

    public ImmutableArray<NamedMetric> Read(KeyReader dataset)
    {
        if (!dataset.Has("metrics"))
            translation.Errors.Add(DiagnosticCodes.MissingKey, dataset.Node, $"'{dataset.Path}.metrics' is missing.");
        var metrics = ImmutableArray.CreateBuilder<NamedMetric>();
        foreach (var (item, index) in dataset.List("metrics").Select((item, index) => (item, index)))
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{dataset.Path}.metrics[{index}]");
            if (item is MappingNode mapping)
                metrics.AddRange(Metric(new KeyReader(mapping, path, translation)));
            else
                translation.Unsupported(item, $"'{path}' must be a mapping with 'type', but is {item.Kind}.");
        }
        return metrics.ToImmutable();
    }

    private IEnumerable<NamedMetric> Metric(KeyReader keys)
    {
        if (keys.RequiredText("type") is not { } type)
            yield break;
        var name = keys.Text("name") ?? type;
        keys.Leave("it is for printing and for comparison with published values", "presenter", "reference", "abs_threshold", "rel_threshold");
        var node = type.Value switch
        {
            "accuracy" => Accuracy(keys),
            _ => null,
        };
        if (node is null)
        {
            translation.Unsupported(keys.Node["type"]!, $"The metric '{ScalarNode.Shorten(type.Value)}' is not supported.{DidYouMean.Hint(type.Value, Types)} Supported: {string.Join(", ", Types)}.");
            yield break;
        }
        keys.Finish();
        yield return new NamedMetric(name.Value, type.Value, node);
    }

    private MappingNode Accuracy(KeyReader keys)
    {
        var at = keys.Node.Position;
        var k = keys.Whole("top_k", 1)?.Value ?? 1;
        keys.Only("match", "false", "it is for other predictions than scores of classes");
        foreach (var step in postprocessing)
            translation.Unsupported(step, "'postprocessing' is not supported with classification.");
        Located<string>? output = null;
        if (launcher.Adapter is { } adapter)
        {
            adapter.OneOf("type", "classification");
            output = adapter.Text("classification_output");
            adapter.Only("argmax_output", "false", "accuracy needs scores");
            adapter.Only("block", "false", "samples are fed one by one");
            adapter.Finish();
        }
        return Tree.Mapping(at,
            ("name", Tree.Text(at, string.Create(CultureInfo.InvariantCulture, $"accuracy@top{k}"))),
            ("params", output is null ? null : Tree.Mapping(output.Position, ("output", Tree.Text(output.Position, output.Value)))));
    }
}
