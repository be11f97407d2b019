using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Reporting;

/// <summary>How a run ended.</summary>
public enum RunStatus
{
    /// <summary>Every metric is within its budget on the whole validation set, measured on exactly the bytes written.</summary>
    WithinBudget,

    /// <summary>At least one metric is not; no model was published.</summary>
    BudgetExceeded,

    /// <summary>Within budget on the samples, but they do not say with the confidence asked for that the drop is within budget on all data like them; no model was published.</summary>
    NotEnoughEvidence,

    /// <summary>A model was written and nothing was proven, because no budget was stated (DefaultQuantization without one).</summary>
    NotGated,

    /// <summary>A model was written without being evaluated, because that was asked for.</summary>
    NotVerified,
}

/// <summary>The record of a run: what the JSON output, the HTML report and the summary line are made from. Serialized in camelCase.</summary>
public sealed record RunReport
{
    /// <summary>Version of this schema.</summary>
    public int SchemaVersion { get; init; } = 1;

    public required RunStatus Status { get; init; }

    public required string Manifest { get; init; }

    public required ModelRecord Model { get; init; }

    /// <summary>Null when nothing was published.</summary>
    public OutputRecord? Output { get; init; }

    public required ImmutableArray<MetricRecord> Metrics { get; init; }

    /// <summary>The metrics on the data that the search saw, when the verdict was given on other data; otherwise empty.</summary>
    public ImmutableArray<MetricRecord> SearchMetrics { get; init; } = [];

    /// <summary>What else was asked of the model: size and speed.</summary>
    public ImmutableArray<LimitRecord> Limits { get; init; } = [];

    /// <summary>What the run warned of, in its order.</summary>
    public ImmutableArray<Diagnostic> Warnings { get; init; } = [];

    public required LayerRecord Layers { get; init; }

    /// <summary>Iterations of the search that were judged on the whole validation set.</summary>
    public required int Iterations { get; init; }

    public required EvaluationRecord Evaluations { get; init; }

    /// <summary>How it was decided what could be int8. Null in reports of older versions.</summary>
    public SelectionRecord? Selection { get; init; }

    /// <summary>How ranges of activations were found; null when nothing was quantized.</summary>
    public RangesRecord? Ranges { get; init; }

    /// <summary>Every tensor that is quantized when everything may be, in ordinal order of names, with the scale that it has in this model.</summary>
    public ImmutableArray<TensorRecord> Tensors { get; init; } = [];

    /// <summary>Every operator of the model that was quantized, in topological order; empty when nothing was.</summary>
    public ImmutableArray<NetworkNode> Network { get; init; } = [];

    /// <summary>What the lock file had to do with it; null without one.</summary>
    public LockRecord? Lock { get; init; }

    /// <summary>Null when latency was not measured.</summary>
    public LatencyRecord? Latency { get; init; }

    public required RuntimeRecord Runtime { get; init; }

    /// <summary>Seconds per stage, in the order they ran.</summary>
    public required ImmutableArray<StageTiming> Timings { get; init; }

    /// <summary>Where labels come from when they are the float model's own answers (<c>annotation_free</c>); otherwise null.</summary>
    public PseudoLabelRecord? PseudoLabels { get; init; }

    /// <summary>Other settings that were tried before layers went back to float (<c>convert_to_mixed_preset</c>, <c>tune_hyperparams</c>), in order.</summary>
    public ImmutableArray<SchemeRecord> Schemes { get; init; } = [];

    /// <summary>Every configuration that was judged on the whole validation set, in order.</summary>
    public ImmutableArray<IterationRecord> Search { get; init; } = [];

    /// <summary>What saturates in the published model; empty unless another instruction set was emulated.</summary>
    public ImmutableArray<SaturationRecord> Saturation { get; init; } = [];

    /// <summary>What the search did and found; null when there was none.</summary>
    public SearchRecord? SearchDetails { get; init; }

    /// <summary>Path of the HTML report.</summary>
    public string? Report { get; init; }

    /// <summary>POT's intermediate result: the best configuration so far, also when the budget was missed. Null when none was written.</summary>
    public string? BestSoFar { get; init; }
}

/// <summary>The float model.</summary>
public sealed record ModelRecord(string Path, string Sha256, long Opset, long Bytes);

/// <summary>The published int8 model: <c>Sha256</c> of its own file, <c>Bytes</c> of all its files.</summary>
public sealed record OutputRecord(string Path, string Sha256, long Bytes)
{
    /// <summary>The files beside it that hold its larger weights; none for a model that is one file. They must be shipped with it.</summary>
    public ImmutableArray<string> ExternalData { get; init; } = [];
}

/// <summary>One metric. <c>Drop</c> is positive when int8 is worse; relative to |baseline| when the budget is.</summary>
public sealed record MetricRecord(
    string Name, bool HigherIsBetter, double Baseline, double Quantized, double FullyQuantized, double Drop, double? Budget, string DropType, bool WithinBudget, int Samples)
{
    /// <summary>What the samples say of the drop in general; null when nobody asked.</summary>
    public EvidenceRecord? Evidence { get; init; }

    /// <summary>Where the budget is written; not part of the JSON form.</summary>
    public SourcePosition? BudgetPosition { get; init; }
}

/// <summary>What samples say of a drop in general, in the drop's units.</summary>
/// <param name="Confidence">One-sided.</param>
/// <param name="StandardError">Of the drop, from paired samples.</param>
/// <param name="AtMost">With that confidence the drop on all data like the samples is at most this.</param>
/// <param name="SamplesNeeded">About how many samples like these would be enough; null when these are, or none would.</param>
/// <param name="IsEnough">Whether <paramref name="AtMost"/> is within budget.</param>
public sealed record EvidenceRecord(double Confidence, double StandardError, double AtMost, long? SamplesNeeded, bool IsEnough);

/// <summary>Labels that are the float model's own answers.</summary>
/// <param name="Kept">Samples on which it was sure enough.</param>
/// <param name="Of">All samples.</param>
/// <param name="Threshold">The least probability of an answer.</param>
public sealed record PseudoLabelRecord(int Kept, int Of, double Threshold);

/// <summary>Settings that were tried with everything in int8.</summary>
/// <param name="Name">What was changed in the manifest's settings.</param>
/// <param name="Values">Each metric's value.</param>
/// <param name="Samples">On how many samples.</param>
/// <param name="Kept">Whether they took the place of what was best until then.</param>
public sealed record SchemeRecord(string Name, ImmutableArray<double> Values, int Samples, bool Kept);

/// <summary>A budget on something else than accuracy.</summary>
/// <param name="Name"><c>max_size_ratio</c> or <c>min_speedup</c>.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Bound">What was asked for.</param>
/// <param name="WithinBudget">Whether the value meets the bound.</param>
public sealed record LimitRecord(string Name, double Value, double Bound, bool WithinBudget)
{
    /// <summary>Where the bound is written; not part of the JSON form.</summary>
    public SourcePosition? BudgetPosition { get; init; }
}

/// <summary>Layers: quantizable operators. <c>Reverted</c> are those that the search returned to float, or to what the device has instead.</summary>
public sealed record LayerRecord(int Quantizable, int Quantized, ImmutableArray<string> Reverted, ImmutableArray<LayerDetail> Details)
{
    /// <summary>What reverting makes of a layer, and what the baseline model is in: <c>float</c>, or <c>16 bits</c> where the search is between 8 and 16 bits.</summary>
    public string RevertedTo { get; init; } = "float";

    /// <summary>On how many calibration samples the errors of layers were measured; 0 when they were not.</summary>
    public int ErrorSamples { get; init; }

    /// <summary>Why there are no errors; null when there are, or nothing has any.</summary>
    public string? NoErrors { get; init; }
}

/// <summary>One quantizable operator for the report's table.</summary>
/// <param name="Name">Node name.</param>
/// <param name="OpType">Operator type.</param>
/// <param name="Decision"><c>int8</c>, <c>float</c> or <c>16 bits</c> (reverted by the search) or <c>skipped</c> (never quantized).</param>
/// <param name="Group">Name of its group; null when skipped.</param>
/// <param name="Rank">Place in the last ranking, 1 = most harmful; null when never ranked.</param>
/// <param name="Score">The ranking metric with its group reverted, larger is better; null when never ranked.</param>
/// <param name="Reason">Why.</param>
public sealed record LayerDetail(string Name, string OpType, string Decision, string? Group, int? Rank, double? Score, string Reason)
{
    /// <summary>Microseconds of one run that the device's cost model, or measuring, says it takes in float; null for what cannot be int8 or where no costs are known.</summary>
    public double? FloatUs { get; init; }

    /// <summary>The same in int8, not counting conversions around it.</summary>
    public double? Int8Us { get; init; }

    /// <summary>The first quantized tensor that it reads, one of <see cref="RunReport.Tensors"/>; null for what has none.</summary>
    public string? Input { get; init; }

    /// <summary>Signal to quantization noise ratio of the stored weights, in dB; null without int8 weights, infinite when they are exact.</summary>
    public double? WeightDecibels { get; init; }

    /// <summary>That of the output when this layer alone is int8; null when it was not measured.</summary>
    public double? LocalDecibels { get; init; }

    /// <summary>That of the output in the model with everything in int8, with what the layers before it add; null as <see cref="LocalDecibels"/>.</summary>
    public double? AccumulatedDecibels { get; init; }
}

/// <summary>How it was decided what runs in int8, before accuracy had a say. The decision can be replayed from it.</summary>
/// <param name="Device">The target device whose rules decided.</param>
/// <param name="Prefer"><c>speed</c>, <c>size</c> or <c>measured</c>.</param>
/// <param name="Int8">The operators chosen for int8, by node name, in ordinal order.</param>
/// <param name="PredictedFloatUs">Microseconds that all operators that could be int8 are predicted to take in float; null where the device's costs are not known.</param>
/// <param name="PredictedInt8Us">What they are predicted to take with the chosen ones in int8, conversions included.</param>
/// <param name="MeasuredFloatMs">Median milliseconds of the whole float model when the choice was measured; null unless it was.</param>
/// <param name="MeasuredInt8Ms">Of the whole model as chosen, in the same rounds.</param>
public sealed record SelectionRecord(
    string Device, string Prefer, ImmutableArray<string> Int8, double? PredictedFloatUs, double? PredictedInt8Us, double? MeasuredFloatMs, double? MeasuredInt8Ms)
{
    /// <summary>Why the model is int8 although speed is preferred and int8 is not faster, in words: it is too small for that to matter. Null for every other.</summary>
    public string? SizeReason { get; init; }
}

/// <summary>The lock file of a run.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="State"><c>new</c>: there was no decision; <c>matched</c>: it was of the same inputs; <c>changed</c>: of others.</param>
/// <param name="Changes">In words, each thing that was not as the file says.</param>
public sealed record LockRecord(string Path, string State, ImmutableArray<string> Changes);

/// <summary>What the run evaluated: model builds, samples through them, and how many samples the store already knew.</summary>
public sealed record EvaluationRecord(int Configurations, long Samples, long FromCache);

/// <summary>Median milliseconds a run, interleaved float and int8; their ratio, int8 to float, is below 1 when int8 is faster.</summary>
public sealed record LatencyRecord(double FloatMs, double Int8Ms, double Ratio, int Threads);

/// <summary>The runtime the verdict holds for.</summary>
public sealed record RuntimeRecord(string Package, string Version, string Isa)
{
    /// <summary>What named it, and where its files lie.</summary>
    public string Origin { get; init; } = "";
}

/// <summary>How often sums of two int8 products left 16 bits in one layer, on x64 without VNNI.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="RiskyWeightPairs">Pairs of neighbouring weights that saturate with some activations; those of other layers cannot.</param>
/// <param name="WeightPairs">All pairs of neighbouring weights.</param>
/// <param name="Pairs">Sums of two products that were computed.</param>
/// <param name="Saturated">How many of them saturated.</param>
public sealed record SaturationRecord(string Layer, long RiskyWeightPairs, long WeightPairs, long Pairs, long Saturated)
{
    /// <summary>The share of sums that saturated.</summary>
    public double Share => Pairs == 0 ? 0 : (double)Saturated / Pairs;
}

/// <summary>One stage's wall-clock time.</summary>
public sealed record StageTiming(string Stage, double Seconds);

/// <summary>One judged configuration.</summary>
/// <param name="Index">0 = fully quantized.</param>
/// <param name="Action">What was tried, in words.</param>
/// <param name="Reverted">Names of layers in float.</param>
/// <param name="Drops">Drop per metric, in the metrics' order.</param>
/// <param name="Kept">False when the step was taken back.</param>
public sealed record IterationRecord(int Index, string Action, ImmutableArray<string> Reverted, ImmutableArray<double> Drops, bool Kept)
{
    /// <summary>True when the evaluation was stopped because it was hopeless: the drops are then the least still possible.</summary>
    public bool IsBound { get; init; }

    /// <summary>True when the evaluation was stopped because the samples that decide were against it: the drops are then what all of them would likely give.</summary>
    public bool IsForecast { get; init; }
}
