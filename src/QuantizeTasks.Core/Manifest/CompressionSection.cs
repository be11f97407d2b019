using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>compression</c>.</summary>
internal sealed class CompressionSection(ErrorList errors)
{
    /// <summary>What only a search uses.</summary>
    private static readonly string[] SearchKeys = ["max_iter_num", "ranking_subset_size", "metric_subset_ratio", "use_prev_if_drop_increase"];

    /// <summary>The parameters of the algorithm, if there are any.</summary>
    public static MappingNode? Parameters(MappingNode root) => Algorithm(root).Mapping("params");

    /// <summary>Reads the section; null when it is wrong, which the shape check has reported.</summary>
    public CompressionSettings? Read(MappingNode root)
    {
        if (root.Mapping("compression") is not { } section || Algorithm(root) is not { } algorithm || algorithm.Text("name") is not { } name)
            return null;
        var parameters = algorithm.Mapping("params");
        var isAccuracyAware = name.Value == "AccuracyAwareQuantization";
        CheckActivationMode(parameters);

        // An override may be meant for many manifests at once; where it has no effect it does no harm. What a manifest says itself is a mistake.
        if (name.Value == "DefaultQuantization" && parameters is not null)
            foreach (var entry in parameters.Entries.Where(e => SearchKeys.Contains(e.Key) && e.Value.Source is null))
                errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{entry.Key}' has no effect with DefaultQuantization, which does not search. Remove it, or use AccuracyAwareQuantization.");

        return new CompressionSettings
        {
            TargetDevice = section.Text("target_device") ?? new Located<string>("ANY", section.Position, "the default"),
            ModelType = section.Text("model_type") is { Value: not "None" } type ? type : null,
            IsAccuracyAware = isAccuracyAware,
            Quantization = Quantization(parameters),
            Accuracy = Accuracy(parameters, isAccuracyAware ? new Located<double>(AccuracyAwareParameters.DefaultMaximalDrop, name.Position, "the default") : null),
        };
    }

    // The preset decides the mode; a configuration that spells out the same is accepted.
    private void CheckActivationMode(MappingNode? parameters)
    {
        var preset = Canonical(parameters.Text("preset")?.Value ?? "performance");
        var (implied, other) = preset == "performance" ? ("symmetric", "asymmetric") : ("asymmetric", "symmetric");
        if (parameters.Mapping("activations").Text("mode") is { } mode && mode.Value == other)
            errors.Add(DiagnosticCodes.NotSupportedYet, mode, $"The mode '{other}' of activations beside the preset '{preset}', which means '{implied}', is not supported yet. Change the preset, or remove 'mode'.");
    }

    private static MappingNode? Algorithm(MappingNode root) => root.Mapping("compression").List("algorithms") is [MappingNode algorithm, ..] ? algorithm : null;

    private static DefaultQuantizationParameters Quantization(MappingNode? parameters) => new()
    {
        Preset = parameters.Text("preset") is { } preset ? preset with { Value = Canonical(preset.Value) } : null,
        StatSubsetSize = parameters.Whole("stat_subset_size"),
        Weights = QuantizerSettings.None with { Granularity = parameters.Mapping("weights").Text("granularity") },
        Ignored = IgnoredOperators.None with
        {
            Scope = [.. parameters.Mapping("ignored").List("scope").OfType<ScalarNode>().Select(s => s.Locate(s.Text))],
            Operations = [.. parameters.Mapping("ignored").List("operations").OfType<MappingNode>().Select(o => o.Text("type")).OfType<Located<string>>()
                .Select(type => new IgnoredOperation(type, ImmutableSortedDictionary<string, Located<string>>.Empty))],
        },
        ShuffleData = parameters.Flag("shuffle_data") ?? false,
        Seed = parameters.Whole("seed")?.Value ?? 0,
    };

    private static AccuracyAwareParameters Accuracy(MappingNode? parameters, Located<double>? defaultDrop)
    {
        var defaults = new AccuracyAwareParameters();
        return new AccuracyAwareParameters
        {
            MaximalDrop = parameters.Number("maximal_drop") ?? defaultDrop,
            DropType = parameters.Text("drop_type")?.Value == "relative" ? DropType.Relative : DropType.Absolute,
            MaxIterNum = parameters.Whole("max_iter_num")?.Value ?? defaults.MaxIterNum,
            RankingSubsetSize = parameters.Whole("ranking_subset_size")?.Value ?? defaults.RankingSubsetSize,
            MetricSubsetRatio = parameters.Number("metric_subset_ratio")?.Value ?? defaults.MetricSubsetRatio,
            UsePrevIfDropIncrease = parameters.Flag("use_prev_if_drop_increase") ?? defaults.UsePrevIfDropIncrease,
        };
    }

    // For CPUs the Post-training Optimization Tool reads "accuracy" as "mixed"; the other two are its older names.
    private static string Canonical(string preset) => preset is "performance" or "symmetric" ? "performance" : "mixed";
}
