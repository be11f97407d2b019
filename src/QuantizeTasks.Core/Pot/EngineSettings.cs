using System.Collections.Immutable;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>What an engine amounts to.</summary>
/// <param name="Data">The manifest's <c>data</c>.</param>
/// <param name="Metrics">The metrics in their order.</param>
internal sealed record EngineSettings(MappingNode? Data, ImmutableArray<NamedMetric> Metrics);

/// <summary>A metric of the Accuracy Checker.</summary>
/// <param name="Name">What the configuration calls it: its <c>name</c>, or else its type.</param>
/// <param name="Type">Its type.</param>
/// <param name="Node">The same as an entry of the manifest's <c>metrics</c>.</param>
internal sealed record NamedMetric(string Name, string Type, MappingNode Node);
