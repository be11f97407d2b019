using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>One quantize.yaml, read and checked. Every path in it is absolute; every value that an error may name has its position.</summary>
public sealed record QuantizationManifest
{
    /// <summary>The manifest's own absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Further files that it was read from, absolute.</summary>
    public ImmutableArray<string> Includes { get; init; } = [];

    /// <summary>The float model's absolute path.</summary>
    public required Located<string> Model { get; init; }

    /// <summary>Where the int8 model goes, relative to the output directory; with forward slashes, never outside it.</summary>
    public required Located<string> Output { get; init; }

    /// <summary>The labelled data the verdict is given on. Null only when no metric is asked for.</summary>
    public DataSourceSpecification? Validation { get; init; }

    /// <summary>The data that activation ranges come from; the validation data when the manifest names none.</summary>
    public required DataSourceSpecification Calibration { get; init; }

    /// <summary><c>data.check_calibration</c>: whether to look for mistakes in the calibration data.</summary>
    public bool CheckCalibration { get; init; } = true;

    /// <summary>Data of its own that the search never sees and the verdict is given on; null without.</summary>
    public DataSourceSpecification? Certification { get; init; }

    /// <summary>The share of the validation data that serves as certification data instead; null without.</summary>
    public HoldoutSpecification? Holdout { get; init; }

    /// <summary>What has to be proven besides the drop.</summary>
    public VerdictSettings Verdict { get; init; } = VerdictSettings.None;

    /// <summary>The metrics, at least one when a budget is stated.</summary>
    public ImmutableArray<MetricSpecification> Metrics { get; init; } = [];

    /// <summary>What turns the model's outputs into what metrics see; null for nothing.</summary>
    public PluginSpecification? PostProcessing { get; init; }

    /// <summary>What to do.</summary>
    public required CompressionSettings Compression { get; init; }
}

/// <summary>A metric by name with its own options.</summary>
/// <param name="Name">As in the manifest, such as <c>accuracy@top1</c>.</param>
/// <param name="BaselineValue">The float model's value, when the user states it instead of having it measured.</param>
/// <param name="Parameters">The metric's own options, unconverted.</param>
public sealed record MetricSpecification(
    Located<string> Name, Located<double>? BaselineValue, ImmutableSortedDictionary<string, Located<object>> Parameters)
{
    /// <summary>The class that is the metric; null for one that comes with the quantizer.</summary>
    public PluginSpecification? Plugin { get; init; }

    /// <summary>The metric that stands in for it where a search compares samples and ranks layers; null for itself.</summary>
    public MetricSpecification? RankingMetric { get; init; }

    /// <summary>This metric's own budget instead of the algorithm's.</summary>
    public Located<double>? MaximalDrop { get; init; }

    /// <summary>What <see cref="MaximalDrop"/> is measured in; as the algorithm's when null.</summary>
    public DropType? DropType { get; init; }

    /// <summary>Budgets of slices by name, absolute; <see cref="Every"/> stands for each that there is.</summary>
    public ImmutableSortedDictionary<string, Located<double>> Slices { get; init; } = ImmutableSortedDictionary<string, Located<double>>.Empty;

    /// <summary>Budgets of classes by index, likewise.</summary>
    public ImmutableSortedDictionary<string, Located<double>> Classes { get; init; } = ImmutableSortedDictionary<string, Located<double>>.Empty;

    /// <summary>Whether it has a budget of its own, for all samples or a part of them.</summary>
    public bool HasBudget => MaximalDrop is not null || Slices.Count > 0 || Classes.Count > 0;

    /// <summary>The word for every slice or class.</summary>
    public const string Every = "every";
}

/// <summary>The <c>compression</c> section.</summary>
public sealed record CompressionSettings
{
    /// <summary>POT's <c>target_device</c>; ANY by default.</summary>
    public required Located<string> TargetDevice { get; init; }

    /// <summary>POT's <c>model_type</c>: null or <c>transformer</c>.</summary>
    public Located<string>? ModelType { get; init; }

    /// <summary>True for AccuracyAwareQuantization, false for DefaultQuantization.</summary>
    public required bool IsAccuracyAware { get; init; }

    /// <summary><c>prefer</c>: what int8 is for, where accuracy allows it.</summary>
    public Preference Prefer { get; init; } = Preference.Speed;

    /// <summary><c>format</c>: how the int8 model is written.</summary>
    public ModelFormat Format { get; init; } = ModelFormat.Qdq;

    /// <summary>The parameters of DefaultQuantization.</summary>
    public required DefaultQuantizationParameters Quantization { get; init; }

    /// <summary>The parameters of AccuracyAwareQuantization. With DefaultQuantization only a stated budget is used.</summary>
    public required AccuracyAwareParameters Accuracy { get; init; }
}

/// <summary>What decides whether an operator that could be int8 is.</summary>
public enum Preference
{
    /// <summary>The device's cost model: int8 only where it is predicted to be faster. The same on every machine.</summary>
    Speed,

    /// <summary>Everything that has an int8 form.</summary>
    Size,

    /// <summary>Measured on this machine, with its noise in mind.</summary>
    Measured,
}

/// <summary>How an int8 model is written.</summary>
public enum ModelFormat
{
    /// <summary>Float operators between QuantizeLinear and DequantizeLinear, which the runtime fuses.</summary>
    Qdq,

    /// <summary>Integer operators (QLinearConv, QLinearMatMul, ...), for runtimes that do not fuse.</summary>
    QOperator,
}

/// <summary>How a drop is measured.</summary>
public enum DropType
{
    /// <summary>In the metric's own units.</summary>
    Absolute,

    /// <summary>As a share of the absolute value of the baseline.</summary>
    Relative,
}

/// <summary>How a search decides what to try next. Neither decides what is accepted: that is an evaluation of the exact model on all samples.</summary>
public enum SearchStrategy
{
    /// <summary>Compares groups on few samples, tries what looks sufficient at once, and offers back what turns out needless.</summary>
    Fast,

    /// <summary>POT's loop: one group after the other, each judged on all samples.</summary>
    Greedy,
}

/// <summary>How groups are compared.</summary>
public enum RankingMethod
{
    /// <summary>All on a few samples, the leaders on more.</summary>
    Racing,

    /// <summary>All on all samples of the ranking subset, as POT does.</summary>
    Exhaustive,
}

/// <summary>Parameters of AccuracyAwareQuantization, by POT's names where it has one.</summary>
public sealed record AccuracyAwareParameters
{
    /// <summary>POT's default of <c>maximal_drop</c>.</summary>
    public const double DefaultMaximalDrop = 0.01;

    /// <summary>The budget, inclusive. Null: POT's default 0.01, or no budget with DefaultQuantization.</summary>
    public Located<double>? MaximalDrop { get; init; }

    /// <summary><c>drop_type</c>, default absolute.</summary>
    public DropType DropType { get; init; } = DropType.Absolute;

    /// <summary><c>max_iter_num</c>; int.MaxValue when not given.</summary>
    public int MaxIterNum { get; init; } = int.MaxValue;

    /// <summary><c>ranking_subset_size</c>, default 300, never more than there are samples.</summary>
    public int RankingSubsetSize { get; init; } = 300;

    /// <summary><c>metric_subset_ratio</c>, default 0.5. Only matters when every metric has a <c>baseline_value</c>.</summary>
    public double MetricSubsetRatio { get; init; } = 0.5;

    /// <summary><c>use_prev_if_drop_increase</c>, default true.</summary>
    public bool UsePrevIfDropIncrease { get; init; } = true;

    /// <summary><c>annotation_free</c>, default false: the float model's answers take the place of labels.</summary>
    public bool AnnotationFree { get; init; }

    /// <summary><c>annotation_conf_threshold</c>, default 0.6: samples that the float model is less sure of are left out then.</summary>
    public double AnnotationConfidence { get; init; } = 0.6;

    /// <summary><c>convert_to_mixed_preset</c>, default false.</summary>
    public bool ConvertToMixedPreset { get; init; }

    /// <summary><c>tune_hyperparams</c>, default false.</summary>
    public bool TuneHyperparams { get; init; }

    /// <summary><c>search</c>, default fast.</summary>
    public SearchStrategy Search { get; init; } = SearchStrategy.Fast;

    /// <summary><c>ranking</c>. Null: racing when the search is fast, exhaustive when it is greedy.</summary>
    public RankingMethod? Ranking { get; init; }

    /// <summary><c>time_limit</c>: how long the search may take after the int8 model was evaluated; null for as long as it needs.</summary>
    public TimeSpan? TimeLimit { get; init; }
}
