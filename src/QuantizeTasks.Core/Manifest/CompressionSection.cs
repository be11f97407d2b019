using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>compression</c>.</summary>
internal sealed class CompressionSection(ErrorList errors)
{
    /// <summary>What only a search uses.</summary>
    private static readonly string[] SearchKeys = ["max_iter_num", "ranking_subset_size", "metric_subset_ratio", "use_prev_if_drop_increase", "convert_to_mixed_preset", "base_algorithm", "search", "ranking", "time_limit"];

    /// <summary>The parameters of the algorithm, if there are any.</summary>
    public static MappingNode? Parameters(MappingNode root) => Algorithm(root).Mapping("params");

    /// <summary>Reads the section; null when it is wrong, which the shape check has reported.</summary>
    public CompressionSettings? Read(MappingNode root)
    {
        if (root.Mapping("compression") is not { } section || Algorithm(root) is not { } algorithm || algorithm.Text("name") is not { } name)
            return null;
        var parameters = algorithm.Mapping("params");
        var isAccuracyAware = name.Value == "AccuracyAwareQuantization";

        // An override may be meant for many manifests at once; where it has no effect it does no harm. What a manifest says itself is a mistake.
        if (name.Value == "DefaultQuantization" && parameters is not null)
            foreach (var entry in parameters.Entries.Where(e => SearchKeys.Contains(e.Key) && e.Value.Source is null))
                errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{entry.Key}' has no effect with DefaultQuantization, which does not search. Remove it, or use AccuracyAwareQuantization.");

        if (parameters.Number("annotation_conf_threshold") is { Source: null } threshold && parameters.Flag("annotation_free") != true && threshold.Value != new AccuracyAwareParameters().AnnotationConfidence)
            errors.Add(DiagnosticCodes.ConflictingKeys, threshold, "'annotation_conf_threshold' has no effect without 'annotation_free: true'. Remove it, or add that.");

        var device = section.Text("target_device") ?? new Located<string>("ANY", section.Position, "the default");
        if (DeviceNames.IsGna(device.Value) && isAccuracyAware)
            RejectWhatNeedsFloat(parameters, device.Value);
        return new CompressionSettings
        {
            TargetDevice = device,
            ModelType = section.Text("model_type") is { Value: not "None" } type ? type : null,
            IsAccuracyAware = isAccuracyAware,
            Prefer = section.Text("prefer")?.Value switch { "size" => Preference.Size, "measured" => Preference.Measured, _ => Preference.Speed },
            Format = section.Text("format")?.Value == "qoperator" ? ModelFormat.QOperator : ModelFormat.Qdq,
            Quantization = new QuantizationSection(errors).Read(section, parameters, device.Value),
            Accuracy = Accuracy(parameters, isAccuracyAware ? new Located<double>(AccuracyAwareParameters.DefaultMaximalDrop, name.Position, "the default") : null),
        };
    }

    /// <summary>POT switches both off on GNA without a word.</summary>
    private void RejectWhatNeedsFloat(MappingNode? parameters, string device)
    {
        if (parameters.Flag("annotation_free") == true)
            errors.Add(DiagnosticCodes.ConflictingKeys, parameters.Scalar("annotation_free")!, $"'annotation_free' cannot be used with 'target_device: {device}', where the baseline is the model in 16 bits and not the float model. The metric 'agreement' needs no labels either.");
        if (parameters.Flag("convert_to_mixed_preset") == true && parameters.Scalar("convert_to_mixed_preset") is { Source: null } mixed)
            errors.Add(DiagnosticCodes.ConflictingKeys, mixed, $"'convert_to_mixed_preset' has no effect with 'target_device: {device}', where the preset 'mixed' has 16 bits everywhere, which is the baseline. Remove it.");
    }

    private static MappingNode? Algorithm(MappingNode root) => root.Mapping("compression").List("algorithms") is [MappingNode algorithm, ..] ? algorithm : null;

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
            AnnotationFree = parameters.Flag("annotation_free") ?? defaults.AnnotationFree,
            AnnotationConfidence = parameters.Number("annotation_conf_threshold")?.Value ?? defaults.AnnotationConfidence,
            ConvertToMixedPreset = parameters.Flag("convert_to_mixed_preset") ?? defaults.ConvertToMixedPreset,
            TuneHyperparams = parameters.Flag("tune_hyperparams") ?? defaults.TuneHyperparams,
            Search = parameters.Text("search")?.Value == "greedy" ? SearchStrategy.Greedy : SearchStrategy.Fast,
            Ranking = parameters.Text("ranking")?.Value switch { "racing" => RankingMethod.Racing, "exhaustive" => RankingMethod.Exhaustive, _ => null },
            TimeLimit = parameters.Scalar("time_limit") is { } limit ? DurationFormat.Parse(limit.Text) : null,
        };
    }
}
