using System.Collections.Immutable;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>
/// The <c>compression</c> section, by the names and defaults of OpenVINO's Post-training Optimization Tool (its "configuration description",
/// and for defaults the source of its algorithms). Parameters of it that are not supported yet are known, so that a configuration that merely spells out their defaults is accepted.
/// </summary>
internal static class CompressionSchema
{
    private static readonly NumberShape Count = new(NumberType.Whole) { Minimum = 1 };

    public static MappingShape Parameters { get; } = new(
    [
        .. QuantizationSchema.Keys,
        new("maximal_drop", new NumberShape(), "The budget: how much worse than the float model the int8 model may be in every metric, inclusive. 0.01 is the default of AccuracyAwareQuantization; DefaultQuantization has no budget unless one is given."),
        new("drop_type", new ChoiceShape("absolute", "relative"), "`absolute`: in the metric's own units. `relative`: as a share of the float model's value.") { Default = "absolute" },
        new("metrics", MetricSchema.Metrics, "The metrics, where the Post-training Optimization Tool has them; the same as `metrics` at the top."),
        new("max_iter_num", new NumberShape(NumberType.Whole) { Minimum = 0 }, "How many times the search may put layers back into floating point. By default until the budget is met or no layer is left."),
        new("ranking_subset_size", Count, "On how many samples the search compares layers: those on which the int8 model is worst. Never more than there are.") { Default = "300" },
        new("metric_subset_ratio", new NumberShape { Minimum = 0, AboveMinimum = true, Maximum = 1 }, "The share of the validation data that sample-by-sample comparisons use when every metric has a `baseline_value`.") { Default = "0.5" },
        new("use_prev_if_drop_increase", new BooleanShape(), "Whether the greedy search takes a step back that made the drop larger. The fast one always does.") { Default = "true" },
        new("search", new ChoiceShape("fast", "greedy"), "How layers to put back into floating point are found. `fast`: compares them on few samples, checks a whole set at once, and offers back what turns out needless. `greedy`: the loop of the Post-training Optimization Tool, one layer after the other. Either way only an evaluation of the exact model on all samples accepts.") { Default = "fast" },
        new("ranking", new ChoiceShape("racing", "exhaustive"), "How layers are compared. `racing`: all on a few samples, the leaders on more. `exhaustive`: all on `ranking_subset_size` samples. By default racing when the search is fast, exhaustive when it is greedy."),
        new("time_limit", new DurationShape(), "How long the search may take after the int8 model was evaluated: seconds, or `20m`, or `1h30m`. When it is over, the best configuration proven until then is the result, and the build still fails when that is not within the budget. Where the limit is reached, the result depends on the machine's speed."),
        new("convert_to_mixed_preset", new BooleanShape(), "Whether to try the preset `mixed` when `performance` misses the budget, before any layer goes back to floating point. It is kept when it is better on the whole validation set. Not on GNA.") { Default = "false" },
        new("tune_hyperparams", new BooleanShape(), "Whether to try range estimators, bias corrections and, where the manifest names none, presets: 15 to 17 of them, from one pass over the calibration data. With AccuracyAwareQuantization when the int8 model misses the budget, on the `ranking_subset_size` samples on which it is worst; the winner is kept when it is better on the whole validation set. With DefaultQuantization always, on the whole validation set. Choosing by these samples flatters the result on them: `data: certify` gives a verdict on others.") { Default = "false" },
        new("annotation_free", new BooleanShape(), "Whether the float model's own answers take the place of labels, for classifiers whose validation data has none. The drop is then the share of its answers that int8 changes. Not on GNA, where the baseline is the model in 16 bits.") { Default = "false" },
        new("annotation_conf_threshold", new NumberShape { Minimum = 0, Maximum = 1 }, "With `annotation_free`, samples are left out on which the float model's probability of its answer is less than this. 0 keeps all, and makes the drop an upper bound of the drop in accuracy whatever the true labels are.") { Default = "0.6" },
        new("base_algorithm", new ChoiceShape(["DefaultQuantization", "MinMaxQuantization"], []), "What is searched over. `MinMaxQuantization` is DefaultQuantization without channel alignment and bias correction.") { Default = "DefaultQuantization" },
        NotYet("exec_log_dir", "Where intermediate files go; the tool has options for its folders."),
        NotYet("batch_size", "Part of layer-wise tuning. Here every sample counts by itself, and batches would change nothing."),
        NotYet("optimizer", "Part of layer-wise tuning. Here no optimizer follows gradients: the best integers are searched by least squares."),
        NotYet("loss", "Part of layer-wise tuning. Here it is the squared change of a layer's output."),
        NotYet("random_seed", "Part of layer-wise tuning. Here nothing is drawn while tuning; `shuffle_data` and `seed` choose the calibration samples."),
        NotYet("use_ranking_subset", "Part of layer-wise tuning. Here it looks at calibration samples alone, which no model has been evaluated on."),
        NotYet("calculate_grads_on_loss_increase_only", "Part of layer-wise tuning. Here there are no gradients."),
        NotYet("weight_decay", "Part of layer-wise tuning. Here there are no steps that it could shorten."),
    ]);

    private static readonly MappingShape Algorithm = new(
    [
        new("name", new ChoiceShape(["AccuracyAwareQuantization", "DefaultQuantization"], ["MinMaxQuantization", "INT4MixedQuantization", "FastBiasCorrection", "BiasCorrection", "ActivationChannelAlignment"]), "`AccuracyAwareQuantization`: quantizes everything, then puts the costliest layers back into floating point until the budget is met. `DefaultQuantization`: no search; a stated budget still decides whether the build passes.") { IsRequired = true },
        new("params", Parameters, "The algorithm's parameters."),
    ]);

    public static MappingShape Compression { get; } = new(
    [
        new("target_device", new ChoiceShape(DeviceNames.All, []), "What the model will run on; docs/devices.md says what each means. `ANY` and `CPU` are `x64-vnni`, whatever processor quantizes.") { Default = "ANY" },
        new("model_type", new ChoiceShape("transformer", "None"), "`transformer` keeps in floating point what transformers need there (Add, Sub, Mul, Pow, Squeeze, ReduceMean and normalizations), and makes what a product of two activations reads symmetric.") { Default = "None" },
        new("algorithms", new ListShape(Algorithm, Minimum: 1, Maximum: 1), "The algorithm; one."),
        new("inplace_statistics", new BooleanShape(), "The same as in the algorithm's `params`.") { Default = "true" },
        new("dump_intermediate_model", new BooleanShape(), "The same as in the algorithm's `params`.") { Default = "false" },
        new("prefer", new ChoiceShape("speed", "size", "measured"), "What decides whether an operator that could be int8 is. `speed`: int8 where the device's cost model says that it is faster, the same on every machine; a model that takes less than 0.1 ms in float and gains nowhere is quantized for its size, and the report says so. `size`: everything that has an int8 form. `measured`: what is faster on the machine of the build, measured there.") { Default = "speed" },
        new("format", new ChoiceShape("qdq", "qoperator"), "`qdq`: float operators between QuantizeLinear and DequantizeLinear, which runtimes fuse. `qoperator`: integer operators such as QLinearConv, for those that do not.") { Default = "qdq" },
    ]);

    /// <summary>The manifest with the algorithm that is meant when it names none.</summary>
    public static MappingNode WithDefaultAlgorithm(MappingNode root)
    {
        var name = new ScalarNode("AccuracyAwareQuantization", IsPlain: true, root.Position, "the default");
        var algorithms = new ListNode([new MappingNode([new MappingEntry("name", root.Position, name)], root.Position)], root.Position);
        return (root["compression"] ?? new MappingNode([], root.Position)) is MappingNode compression && compression["algorithms"] is null
            ? root.With("compression", compression.With("algorithms", algorithms))
            : root;
    }

    private static Key NotYet(string name, string description, string? only = null) => new(name, new AnyScalarShape(), description) { IsSupported = false, Default = only };
}
