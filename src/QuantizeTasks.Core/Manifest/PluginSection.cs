using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>plugins</c>, and the places that name a class in one of them.</summary>
internal sealed class PluginSection
{
    private readonly PluginAssemblies _assemblies;
    private readonly ErrorList _errors;

    public PluginSection(MappingNode root, ManifestPaths paths, string folder, ProjectAssembly? project, ErrorList errors)
    {
        _errors = errors;
        ImmutableArray<ManifestNode> entries = root["plugins"] is { } node and not ListNode ? [node] : root.List("plugins");
        _assemblies = new(folder, [.. entries.OfType<ScalarNode>().Where(n => n.Text.Length > 0).Select(n => n.Locate(n.Text)).Select(text => text.Value == PluginAssembly.Project
            ? new PluginAssembly(project?.Path, project?.ReferencesFile, text.Position)
            : new PluginAssembly(paths.Absolute(text).Value, null, text.Position))]);
    }

    /// <summary>The plug-in whose class stands under <paramref name="key"/>, with the parameters beside it; null when there is none.</summary>
    public PluginSpecification? Read(MappingNode? node, string key)
    {
        if (node.Text(key) is not { } type)
            return null;
        if (_assemblies.All.IsEmpty)
            _errors.Add(DiagnosticCodes.MissingKey, type, $"'{key}' names the class '{type.Value}' of your own, but nothing says where it is. Add 'plugins: {PluginAssembly.Project}' for the project that is built, or the path of an assembly.");
        return new PluginSpecification(type, ParametersOf(node), _assemblies);
    }

    /// <summary>The plug-in that every metric looks through; null when there is none.</summary>
    public PluginSpecification? ReadPostProcessing(MappingNode root) => Read(root.Mapping("post_processing"), "type");

    /// <summary><c>params</c> of a metric or a plug-in.</summary>
    public static ImmutableSortedDictionary<string, Located<object>> ParametersOf(MappingNode? node) => (node.Mapping("params")?.Entries ?? [])
        .Where(p => p.Value.Anything() is not null).ToImmutableSortedDictionary(p => p.Key, p => p.Value.Locate(p.Value.Anything()!), StringComparer.Ordinal);
}
