using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>metrics</c>, at the top or among the algorithm's parameters.</summary>
internal sealed class MetricSection(PluginSection plugins, ErrorList errors)
{
    public ImmutableArray<MetricSpecification> Read(MappingNode root, MappingNode? parameters)
    {
        if (root["metrics"] is not null && parameters?.Entries.FirstOrDefault(e => e.Key == "metrics") is { } second)
            errors.Add(DiagnosticCodes.ConflictingKeys, second.Position, null, "'metrics' is given at the top and in the algorithm's 'params'. Remove one of them.");
        var metrics = (root["metrics"] is null ? parameters.List("metrics") : root.List("metrics")).OfType<MappingNode>().Select(Read).OfType<MetricSpecification>().ToImmutableArray();

        var stated = metrics.Where(m => m.BaselineValue is not null).ToList();
        if (stated.Count > 0 && stated.Count < metrics.Length)
            errors.Add(DiagnosticCodes.ConflictingKeys, stated[0].BaselineValue!,
                $"'baseline_value' is given for {stated.Count} of {metrics.Length} metrics, but not for {string.Join(", ", metrics.Where(m => m.BaselineValue is null).Select(m => m.Name.Value).Distinct())}. Give it for all of them, or for none.");
        foreach (var part in metrics.Where(m => m.BaselineValue is not null).SelectMany(m => m.Slices.Values.Concat(m.Classes.Values)).Take(1))
            errors.Add(DiagnosticCodes.ConflictingKeys, part, "'slices' and 'classes' compare with the float model part by part, which a 'baseline_value' for all says nothing about. Remove the 'baseline_value'.");
        foreach (var again in metrics.GroupBy(m => m.Name.Value, StringComparer.Ordinal).SelectMany(g => g.Skip(1)))
            errors.Add(DiagnosticCodes.ConflictingKeys, again.Name, $"The metric '{again.Name.Value}' is given twice. Remove one of them.");
        return metrics;
    }

    private static ImmutableSortedDictionary<string, Located<double>> Parts(MappingNode? node) => (node?.Entries ?? [])
        .Where(e => node.Number(e.Key) is not null).ToImmutableSortedDictionary(e => e.Key, e => node.Number(e.Key)!, StringComparer.Ordinal);

    private MetricSpecification? Read(MappingNode node)
    {
        if (node.Text("name") is not { } name)
            return null;
        return new MetricSpecification(name, node.Number("baseline_value"), PluginSection.ParametersOf(node))
        {
            Plugin = plugins.Read(node, "type"),
            RankingMetric = node["ranking_metric"] is MappingNode ranking ? Read(ranking)
                : node.Text("ranking_metric") is { } standIn ? new MetricSpecification(standIn, null, ImmutableSortedDictionary<string, Located<object>>.Empty) : null,
            MaximalDrop = node.Number("maximal_drop"),
            DropType = node.Text("drop_type")?.Value switch { "relative" => DropType.Relative, "absolute" => DropType.Absolute, _ => null },
            Slices = Parts(node.Mapping("slices")),
            Classes = Parts(node.Mapping("classes")),
        };
    }
}
