using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>A single value of a manifest that something else decides.</summary>
/// <param name="Key">Which: <c>model</c>, <c>output</c>, <c>maximal_drop</c>, <c>drop_type</c>, <c>preset</c>, <c>max_iter_num</c>, <c>ranking_subset_size</c>, <c>stat_subset_size</c>, <c>search</c>, <c>ranking</c> or <c>time_limit</c>.</param>
/// <param name="Text">The value as it would be written in the manifest.</param>
/// <param name="Description">What says so, for errors: <c>property QuantizeMaximalDrop</c>.</param>
/// <param name="Position">Where it says so; null when unknown: errors then point at what is overridden.</param>
public sealed record ManifestOverride(string Key, string Text, string Description, SourcePosition? Position = null);

/// <summary>Values that take the place of a manifest's own; of several for one key the last counts. They are checked like the manifest's.</summary>
public sealed record ManifestOverrides(ImmutableArray<ManifestOverride> Values)
{
    /// <summary>What <c>project</c> under <c>plugins</c> stands for; null when nobody knows.</summary>
    public ProjectAssembly? Project { get; init; }

    private static readonly string[] TopKeys = ["model", "output"];
    internal static readonly string[] ParameterKeys = ["maximal_drop", "drop_type", "preset", "max_iter_num", "ranking_subset_size", "stat_subset_size", "search", "ranking", "time_limit"];

    /// <summary>Puts the values into a manifest's tree.</summary>
    internal MappingNode Apply(MappingNode root, ErrorList errors)
    {
        foreach (var value in Values)
        {
            if (TopKeys.Contains(value.Key))
                root = root.With(value.Key, Scalar(value, root[value.Key] ?? root));
            else if (ParameterKeys.Contains(value.Key))
                root = SetParameter(root, value);
            else
                errors.Add(DiagnosticCodes.UnknownKey, value.Position ?? root.Position with { Line = 0, Column = 0 }, value.Description,
                    $"The key '{value.Key}' cannot be overridden.{DidYouMean.Hint(value.Key, [.. TopKeys, .. ParameterKeys])} Allowed: {string.Join(", ", [.. TopKeys, .. ParameterKeys])}.");
        }

        return root;
    }

    // Where the manifest has something else than the mappings and the list on the way, there is nowhere to put the value; the shape check reports that.
    private static MappingNode SetParameter(MappingNode root, ManifestOverride value)
    {
        if (root.Mapping("compression") is not { } compression || compression["algorithms"] is not ListNode { Items: [MappingNode algorithm, ..] } algorithms
            || (algorithm["params"] ?? new MappingNode([], root.Position)) is not MappingNode parameters)
            return root;
        parameters = parameters.With(value.Key, Scalar(value, parameters[value.Key] ?? root));
        return root.With("compression", compression.With("algorithms", algorithms with { Items = algorithms.Items.SetItem(0, algorithm.With("params", parameters)) }));
    }

    private static ScalarNode Scalar(ManifestOverride value, ManifestNode replaced) =>
        new(value.Text.Trim(), IsPlain: true, value.Position ?? (replaced is MappingNode ? replaced.Position with { Line = 0, Column = 0 } : replaced.Position), value.Description);
}
