using System.Collections.Immutable;

namespace QuantizeTasks.Manifest;

/// <summary>
/// Parameters of DefaultQuantization, by POT's names and with POT's defaults (openvino/tools/pot/algorithms/quantization/default), and after them what goes beyond POT.
/// Null means "not given", where that differs from giving the default.
/// </summary>
public sealed record DefaultQuantizationParameters
{
    /// <summary><c>performance</c>, <c>mixed</c> or <c>accuracy</c>; aliases are resolved. Null is performance.</summary>
    public Located<string>? Preset { get; init; }

    /// <summary>Calibration samples; all when null, never more than there are.</summary>
    public Located<int>? StatSubsetSize { get; init; }

    /// <summary><c>stat_batch_size</c>: samples fed at once while calibrating, where the model's batch axis is open.</summary>
    public Located<int>? StatBatchSize { get; init; }

    /// <summary><c>shuffle_data</c>, default false: the first samples are used.</summary>
    public bool ShuffleData { get; init; }

    /// <summary><c>seed</c> of the shuffle, default 0.</summary>
    public int Seed { get; init; }

    /// <summary><c>inplace_statistics</c>: minima, maxima and means are reduced inside the runtime. False takes whole tensors out of it; the ranges are the same.</summary>
    public bool InplaceStatistics { get; init; } = true;

    /// <summary><c>use_fast_bias</c>: FastBiasCorrection, otherwise BiasCorrection.</summary>
    public bool UseFastBias { get; init; } = true;

    /// <summary><c>apply_for_all_nodes</c> of bias correction: layers that have no bias get one.</summary>
    public bool ApplyForAllNodes { get; init; }

    /// <summary><c>threshold</c> of bias correction; no limit when null, unlike POT's 2 for the fast form and 1000 for the full one.</summary>
    public Located<double>? Threshold { get; init; }

    /// <summary>The default of <c>threshold</c> in the original (openvino/tools/pot/algorithms/quantization/fast_bias_correction and bias_correction), which is none here.</summary>
    internal static double OriginalThreshold(bool useFastBias) => useFastBias ? 2 : 1000;

    /// <summary><c>saturation_fix</c>. Null: the device decides, by whether its products of two bytes can overflow.</summary>
    public Located<SaturationFix>? SaturationFix { get; init; }

    /// <summary><c>ignored</c>: what stays in float.</summary>
    public IgnoredOperators Ignored { get; init; } = IgnoredOperators.None;

    /// <summary><c>range_estimator</c> for weights and activations whose own section has none.</summary>
    public RangeEstimatorSettings? RangeEstimator { get; init; }

    /// <summary><c>weights</c>.</summary>
    public QuantizerSettings Weights { get; init; } = QuantizerSettings.None;

    /// <summary><c>activations</c>.</summary>
    public QuantizerSettings Activations { get; init; } = QuantizerSettings.None;

    /// <summary><c>layerwise_configs</c>: settings of single quantizers, over those of <c>weights</c> and <c>activations</c>.</summary>
    public ImmutableArray<LayerwiseConfig> LayerwiseConfigs { get; init; } = [];

    /// <summary><c>use_layerwise_tuning</c>: the rounding of each layer's weights is tuned to keep the layer's output. Null: not, but a search may.</summary>
    public bool? UseLayerwiseTuning { get; init; }

    /// <summary><c>num_samples_for_tuning</c>: calibration samples that tuning looks at, never more than there are; as many as it takes when null.</summary>
    public Located<int>? NumSamplesForTuning { get; init; }

    /// <summary><c>calibration_indices_pool</c>: the same from the other side, as each sample is looked at once; the smaller one counts.</summary>
    public Located<int>? CalibrationIndicesPool { get; init; }

    /// <summary><c>tuning_iterations</c>: how often the weights of a channel are gone through at most; 8 when null.</summary>
    public Located<int>? TuningIterations { get; init; }

    /// <summary><c>dump_intermediate_model</c>: the quantized model before any search is kept beside the report.</summary>
    public bool DumpIntermediateModel { get; init; }

    /// <summary><c>channel_alignment</c>: POT's ActivationChannelAlignment, which it always runs.</summary>
    public bool ChannelAlignment { get; init; } = true;

    /// <summary><c>cross_layer_equalization</c> (Nagel et al. 2019), default false.</summary>
    public bool CrossLayerEqualization { get; init; }

    /// <summary><c>smooth_quant</c>: the migration strength alpha in [0, 1] for matrix products (Xiao et al. 2022); null is off.</summary>
    public Located<double>? SmoothQuantAlpha { get; init; }

    /// <summary><c>weights_only</c>: weights are stored in int8 and activations stay in float.</summary>
    public bool WeightsOnly { get; init; }
}

/// <summary>Which layers have their weights kept within 7 bits, so that pairs of products do not saturate 16 bits on x64 without VNNI.</summary>
public enum SaturationFix
{
    /// <summary>The first convolutions behind every input.</summary>
    FirstLayer,

    /// <summary>Every convolution and matrix product.</summary>
    All,

    /// <summary>None.</summary>
    No,
}

/// <summary>The <c>ignored</c> section.</summary>
/// <param name="SkipModel">True: nothing is quantized.</param>
/// <param name="Scope">Exact names of nodes.</param>
/// <param name="Patterns">Regular expressions that a whole node name matches.</param>
/// <param name="Operations">Operator types, optionally only with certain attributes.</param>
/// <param name="Subgraphs">Everything between given nodes, these included.</param>
public sealed record IgnoredOperators(
    bool SkipModel, ImmutableArray<Located<string>> Scope, ImmutableArray<Located<string>> Patterns, ImmutableArray<IgnoredOperation> Operations, ImmutableArray<IgnoredSubgraph> Subgraphs)
{
    /// <summary>Nothing.</summary>
    public static IgnoredOperators None { get; } = new(false, [], [], [], []);
}

/// <summary>An operator type whose operators stay in float.</summary>
/// <param name="Type">The ONNX operator type.</param>
/// <param name="Attributes">Only operators that have all of these attributes with these values: text, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or an <see cref="ImmutableArray{T}"/> of those.</param>
public sealed record IgnoredOperation(Located<string> Type, ImmutableSortedDictionary<string, Located<object>> Attributes);

/// <summary>A part of the model by the names of the nodes it begins and ends with.</summary>
public sealed record IgnoredSubgraph(ImmutableArray<Located<string>> Inputs, ImmutableArray<Located<string>> Outputs);

/// <summary>The <c>weights</c> or <c>activations</c> section. What is given filters the device's menu.</summary>
/// <param name="Bits">8 or 16.</param>
/// <param name="Mode"><c>symmetric</c> or <c>asymmetric</c>.</param>
/// <param name="Granularity"><c>perchannel</c> or <c>pertensor</c>.</param>
/// <param name="LevelLow">The lowest stored value.</param>
/// <param name="LevelHigh">The highest stored value.</param>
/// <param name="RangeEstimator">How ranges are estimated.</param>
public sealed record QuantizerSettings(
    Located<int>? Bits, Located<string>? Mode, Located<string>? Granularity, Located<int>? LevelLow, Located<int>? LevelHigh, RangeEstimatorSettings? RangeEstimator)
{
    /// <summary>Nothing given.</summary>
    public static QuantizerSettings None { get; } = new(null, null, null, null, null, null);

    /// <summary>These settings where they say something, and others where they do not.</summary>
    public QuantizerSettings Over(QuantizerSettings others) => new(
        Bits ?? others.Bits, Mode ?? others.Mode, Granularity ?? others.Granularity, LevelLow ?? others.LevelLow, LevelHigh ?? others.LevelHigh, RangeEstimator ?? others.RangeEstimator);
}

/// <summary>The settings of a single quantizer.</summary>
/// <param name="Name">A tensor that it quantizes, or an operator's input as POT names it: <c>conv1/fq_weights_1</c>.</param>
/// <param name="Settings">What is different for it.</param>
public sealed record LayerwiseConfig(Located<string> Name, QuantizerSettings Settings);

/// <summary>A <c>range_estimator</c> section.</summary>
/// <param name="Preset">
/// POT's <c>default</c> or <c>quantile</c>; beyond POT <c>minmax</c>, <c>percentile</c>, <c>mse</c>, <c>entropy</c>, and <c>auto</c>, which chooses by the error it causes on the calibration data.
/// </param>
/// <param name="Min">Overrides of the preset's lower border.</param>
/// <param name="Max">Overrides of the preset's upper border.</param>
public sealed record RangeEstimatorSettings(Located<string>? Preset, RangeBorderSettings? Min, RangeBorderSettings? Max);

/// <summary>One border of a range, each field over that of the preset.</summary>
/// <param name="Type"><c>min</c>, <c>max</c>, <c>abs_max</c>, <c>quantile</c> or <c>abs_quantile</c>.</param>
/// <param name="Aggregator"><c>mean</c>, <c>max</c>, <c>min</c>, <c>median</c>, <c>mean_no_outliers</c>, <c>median_no_outliers</c> or <c>hl_estimator</c>; activations only.</param>
/// <param name="OutlierProbability"><c>outlier_prob</c>: the share of values outside, in [0, 0.5).</param>
/// <param name="ClippingValue"><c>clipping_value</c>: caps the upper border from above, the lower one from below.</param>
/// <param name="Granularity">That of the quantizer when null.</param>
public sealed record RangeBorderSettings(
    Located<string>? Type, Located<string>? Aggregator, Located<double>? OutlierProbability, Located<double>? ClippingValue, Located<string>? Granularity);
