using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads the parameters of DefaultQuantization.</summary>
internal sealed class QuantizationSection(ErrorList errors)
{
    private static readonly string[] BiasCorrections = ["use_fast_bias", "apply_for_all_nodes", "threshold"];

    private static readonly string[] Corrections = ["bias_correction", .. BiasCorrections, "channel_alignment", "cross_layer_equalization", "smooth_quant", "use_layerwise_tuning"];

    private static readonly string[] OfTuning = ["num_samples_for_tuning", "calibration_indices_pool", "tuning_iterations"];

    /// <param name="compression">The section around the algorithm, which may hold two of its parameters.</param>
    /// <param name="parameters">The algorithm's <c>params</c>.</param>
    /// <param name="device">The <c>target_device</c>.</param>
    public DefaultQuantizationParameters Read(MappingNode compression, MappingNode? parameters, string device)
    {
        var defaults = new DefaultQuantizationParameters();
        // MinMaxQuantization is what the others are built around (openvino/tools/pot/algorithms/quantization/default/algorithm.py).
        var isBare = parameters.Text("base_algorithm") is { Value: "MinMaxQuantization" };
        if (isBare)
            foreach (var correction in parameters!.Entries.Where(e => Corrections.Contains(e.Key)))
                errors.Add(DiagnosticCodes.ConflictingKeys, correction.Position, null, $"'{correction.Key}' has no effect with 'base_algorithm: MinMaxQuantization', which corrects nothing. Remove one of them.");
        var correctsNoBias = parameters.Flag("bias_correction") == false;
        if (correctsNoBias)
            foreach (var option in parameters!.Entries.Where(e => BiasCorrections.Contains(e.Key)))
                errors.Add(DiagnosticCodes.ConflictingKeys, option.Position, null, $"'{option.Key}' has no effect with 'bias_correction: false'. Remove one of them.");
        if (parameters.Flag("use_layerwise_tuning") != true)
            foreach (var entry in (parameters?.Entries ?? []).Where(e => OfTuning.Contains(e.Key)))
                errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{entry.Key}' has no effect without 'use_layerwise_tuning: true'. Remove it, or add that.");
        return new DefaultQuantizationParameters
        {
            Preset = parameters.Text("preset") is { } preset ? preset with { Value = Canonical(preset.Value, device) } : null,
            StatSubsetSize = parameters.Whole("stat_subset_size"),
            StatBatchSize = parameters.Whole("stat_batch_size"),
            ShuffleData = parameters.Flag("shuffle_data") ?? defaults.ShuffleData,
            Seed = parameters.Whole("seed")?.Value ?? defaults.Seed,
            InplaceStatistics = EitherPlace("inplace_statistics", compression, parameters) ?? defaults.InplaceStatistics,
            UseFastBias = parameters.Flag("use_fast_bias") ?? defaults.UseFastBias,
            ApplyForAllNodes = parameters.Flag("apply_for_all_nodes") ?? defaults.ApplyForAllNodes,
            Threshold = isBare || correctsNoBias ? new(0, (parameters.Scalar("base_algorithm") ?? parameters.Scalar("bias_correction"))!.Position) : parameters.Number("threshold"),
            SaturationFix = parameters.Text("saturation_fix") is { } fix ? new(Fix(fix.Value), fix.Position, fix.Source) : null,
            Ignored = Ignored(parameters.Mapping("ignored")),
            RangeEstimator = Estimator(parameters.Mapping("range_estimator")),
            Weights = Quantizer(parameters.Mapping("weights"), "weights"),
            Activations = Quantizer(parameters.Mapping("activations"), "activations"),
            LayerwiseConfigs = Layerwise(parameters.List("layerwise_configs")),
            UseLayerwiseTuning = parameters.Flag("use_layerwise_tuning") ?? defaults.UseLayerwiseTuning,
            NumSamplesForTuning = parameters.Whole("num_samples_for_tuning"),
            CalibrationIndicesPool = parameters.Whole("calibration_indices_pool"),
            TuningIterations = parameters.Whole("tuning_iterations"),
            DumpIntermediateModel = EitherPlace("dump_intermediate_model", compression, parameters) ?? defaults.DumpIntermediateModel,
            ChannelAlignment = !isBare && (parameters.Flag("channel_alignment") ?? defaults.ChannelAlignment),
            CrossLayerEqualization = parameters.Flag("cross_layer_equalization") ?? defaults.CrossLayerEqualization,
            SmoothQuantAlpha = parameters.Number("smooth_quant"),
            WeightsOnly = parameters.Flag("weights_only") ?? defaults.WeightsOnly,
        };
    }

    // The older names, and what the Post-training Optimization Tool's configuration reader makes of "accuracy" (openvino/tools/pot/configs/config.py).
    private static string Canonical(string preset, string device) => preset switch
    {
        "symmetric" => "performance",
        "accuracy" or "asymmetric" when device is "ANY" or "CPU" or "GPU" => "mixed",
        "asymmetric" => "accuracy",
        "mixed" when DeviceNames.IsGna(device) => "accuracy",
        _ => preset,
    };

    private static SaturationFix Fix(string word) => word switch
    {
        "all" => SaturationFix.All,
        "no" => SaturationFix.No,
        _ => SaturationFix.FirstLayer,
    };

    private bool? EitherPlace(string key, MappingNode compression, MappingNode? parameters)
    {
        var (outer, inner) = (compression.Flag(key), parameters.Flag(key));
        if (outer is not null && inner is not null && outer != inner)
            errors.Add(DiagnosticCodes.ConflictingKeys, parameters.Scalar(key)!, $"'{key}' is {(inner.Value ? "true" : "false")} here, but {(outer.Value ? "true" : "false")} in 'compression'. Remove one of them.");
        return inner ?? outer;
    }

    private IgnoredOperators Ignored(MappingNode? ignored) => ignored is null ? IgnoredOperators.None : new(
        ignored.Flag("skip_model") ?? false,
        Texts(ignored.List("scope")),
        Patterns(ignored.List("patterns")),
        [.. ignored.List("operations").OfType<MappingNode>().Where(o => o.Text("type") is not null).Select(o => new IgnoredOperation(o.Text("type")!, (o.Mapping("attributes")?.Entries ?? [])
            .Where(a => a.Value.Anything() is not null).ToImmutableSortedDictionary(a => a.Key, a => a.Value.Locate(a.Value.Anything()!), StringComparer.Ordinal)))],
        [.. ignored.List("subgraphs").OfType<MappingNode>().Select(s => new IgnoredSubgraph(Texts(s.List("inputs")), Texts(s.List("outputs"))))]);

    private ImmutableArray<Located<string>> Patterns(ImmutableArray<ManifestNode> nodes)
    {
        var patterns = Texts(nodes);
        foreach (var pattern in patterns)
            if (NamePattern.Mistake(pattern.Value) is { } mistake)
                errors.Add(DiagnosticCodes.ValueOutOfRange, pattern, $"'ignored.patterns' has '{ScalarNode.Shorten(pattern.Value)}', which is no regular expression: {mistake}.");
        return patterns;
    }

    private static ImmutableArray<Located<string>> Texts(ImmutableArray<ManifestNode> nodes) => [.. nodes.OfType<ScalarNode>().Select(s => s.Locate(s.Text))];

    private QuantizerSettings Quantizer(MappingNode? quantizer, string name)
    {
        var settings = new QuantizerSettings(
            quantizer.Whole("bits"), quantizer.Text("mode"), quantizer.Text("granularity"), quantizer.Whole("level_low"), quantizer.Whole("level_high"), Estimator(quantizer.Mapping("range_estimator")));
        if ((settings.Bits?.Value ?? 8) is (8 or 16) and var bits)
            CheckLevels(settings, bits, name);
        return settings;
    }

    // A list, because POT has one entry for each model of a cascade.
    private ImmutableArray<LayerwiseConfig> Layerwise(ImmutableArray<ManifestNode> models)
    {
        if (models is not [MappingNode names, ..])
            return [];
        LayerwiseConfig[] configs = [.. names.Entries.Where(e => e.Value is MappingNode).Select(e => new LayerwiseConfig(new(e.Key, e.Position), Quantizer((MappingNode)e.Value, $"layerwise_configs.{e.Key}")))];
        foreach (var preset in configs.Select(c => c.Settings.RangeEstimator?.Preset).OfType<Located<string>>().Where(p => p.Value == "auto"))
            errors.Add(DiagnosticCodes.ConflictingKeys, preset, "The range estimator 'auto' is chosen for all activations together. Use another preset for a single quantizer.");
        return [.. configs];
    }

    // Signed or unsigned, so -128 with 127 and 0 with 255 are both 8 bits.
    private void CheckLevels(QuantizerSettings settings, int bits, string name)
    {
        var (low, high) = (settings.LevelLow?.Value ?? 0, settings.LevelHigh?.Value ?? 0);
        if (low < -(1 << (bits - 1)))
            errors.Add(DiagnosticCodes.ValueOutOfRange, settings.LevelLow!, $"'{name}.level_low' is {low}, but {bits} bits hold nothing below {-(1 << (bits - 1))}.");
        else if (high > (low < 0 ? (1 << (bits - 1)) - 1 : (1 << bits) - 1))
            errors.Add(DiagnosticCodes.ValueOutOfRange, settings.LevelHigh!, $"'{name}.level_high' is {high}, but {bits} bits hold nothing above {(low < 0 ? $"{(1 << (bits - 1)) - 1} beside a level_low below zero" : $"{(1 << bits) - 1}")}.");
    }

    private static RangeEstimatorSettings? Estimator(MappingNode? estimator) =>
        estimator is null ? null : new(estimator.Text("preset"), Border(estimator.Mapping("min")), Border(estimator.Mapping("max")));

    private static RangeBorderSettings? Border(MappingNode? border) =>
        border is null ? null : new(border.Text("type"), border.Text("aggregator"), border.Number("outlier_prob"), border.Number("clipping_value"), border.Text("granularity"));
}
