using System.Collections.Immutable;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>The parameters of DefaultQuantization, by the names and defaults of OpenVINO's Post-training Optimization Tool, and those that go beyond it.</summary>
internal static class QuantizationSchema
{
    private static readonly NumberShape Count = new(NumberType.Whole) { Minimum = 1 };

    private static readonly NumberShape LowestLevel = new(NumberType.Whole) { Maximum = 0 };

    private static readonly NumberShape HighestLevel = new(NumberType.Whole) { Minimum = 1 };

    private static readonly Key Bits = new("bits", new NumberShape(NumberType.Whole) { OneOf = [8, 16] }, "The width of the stored integers. What the device has no kernels for is replaced, with a warning.") { Default = "8" };

    private static readonly MappingShape Weights = new(
    [
        Bits,
        new("mode", new ChoiceShape("symmetric", "asymmetric"), "Whether the range is symmetric around zero. `preset` decides when it is not given."),
        new("granularity", new ChoiceShape("perchannel", "pertensor"), "Whether every output channel of a weight has its own scale.") { Default = "perchannel" },
        new("level_low", LowestLevel, "The lowest stored value. By default that of the type, or one more for symmetric weights, whose range is narrow: -127."),
        new("level_high", HighestLevel, "The highest stored value. By default that of the type: 127."),
        new("range_estimator", RangeEstimatorSchema.Weights, "How the range of weights is estimated."),
    ]);

    private static readonly MappingShape Activations = new(
    [
        Bits,
        new("mode", new ChoiceShape("symmetric", "asymmetric"), "Whether the range is symmetric around zero, or starts there when nothing is negative. `preset` decides when it is not given."),
        new("granularity", new ChoiceShape("perchannel", "pertensor"), "Whether every channel has its own scale. No kernel of ONNX Runtime reads such activations.") { Default = "pertensor" },
        new("level_low", LowestLevel, "The lowest stored value; by default -128, or -32768 with 16 bits. Below zero, and with `level_high` given too, the range is signed even when nothing is negative."),
        new("level_high", HighestLevel, "The highest stored value; by default 127, or 32767 with 16 bits."),
        new("range_estimator", RangeEstimatorSchema.Activations, "How the range of activations is estimated."),
    ]);

    private static readonly MappingShape Quantizer = new(
    [
        Bits with { Default = null },
        new("mode", new ChoiceShape("symmetric", "asymmetric"), "Whether the range is symmetric around zero."),
        new("granularity", new ChoiceShape("perchannel", "pertensor"), "Whether every output channel of a weight has its own scale."),
        new("level_low", LowestLevel, "The lowest stored value."),
        new("level_high", HighestLevel, "The highest stored value."),
        new("range_estimator", RangeEstimatorSchema.Activations, "How the range is estimated; weights have no `aggregator`."),
    ]);

    public static ImmutableArray<Key> Keys { get; } =
    [
        new("preset", new ChoiceShape("performance", "mixed", "accuracy", "symmetric", "asymmetric"), "`performance`: weights and activations symmetric around zero. `mixed`: weights symmetric, activations asymmetric. `accuracy`: both asymmetric, where the device can do that; for ANY, CPU and GPU it means `mixed`. `symmetric` and `asymmetric` are older names of `performance` and `accuracy`.") { Default = "performance" },
        new("stat_subset_size", Count, "How many samples calibrate; 300 and more is advisable. By default all of them; never more than there are."),
        new("stat_batch_size", Count, "How many samples are fed at once while calibrating, where the model's batch axis is open. Statistics are still taken sample by sample.") { Default = "1" },
        new("shuffle_data", new BooleanShape(), "Whether the calibration samples are drawn at random instead of being the first ones.") { Default = "false" },
        new("seed", new NumberShape(NumberType.Whole), "The seed of that draw.") { Default = "0" },
        new("inplace_statistics", new BooleanShape(), "Whether minima, maxima and means are reduced inside the runtime while it runs the model. `false` takes whole tensors out of it, with the same result. May stand in `compression` instead.") { Default = "true" },
        new("weights", Weights, "How weights are quantized: wishes that choose among what the device can do."),
        new("activations", Activations, "How activations are quantized: wishes that choose among what the device can do."),
        new("layerwise_configs", new ListShape(new NamesShape(Quantizer, "a mapping of quantizers to their settings"), Minimum: 1, Maximum: 1), "Settings of single quantizers, each key over that of `weights` or `activations`: a list of one mapping, from the name of a tensor (an activation or an initializer) to `bits`, `mode`, `granularity`, `level_low`, `level_high` and `range_estimator`. Names as the Post-training Optimization Tool makes them are understood, too: `conv1/fq_input_0` is what the operator `conv1` reads first, `conv1/fq_weights_1` its weights. Tensors that share a scale have one quantizer. A name that names nothing is an error."),
        new("range_estimator", RangeEstimatorSchema.Activations, "How ranges are estimated where `weights` and `activations` do not say."),
        new("bias_correction", new BooleanShape(), "Whether biases are corrected for what quantization does to the means of layers' outputs.") { Default = "true" },
        new("use_fast_bias", new BooleanShape(), "`true`: biases are corrected layer by layer from the means of each channel (FastBiasCorrection). `false`: in the model's order, each with what the corrected layers before it make (BiasCorrection); slower, and usually better.") { Default = "true" },
        new("apply_for_all_nodes", new BooleanShape(), "Whether layers that have no bias get one to correct.") { Default = "false" },
        new("threshold", new NumberShape { Minimum = 0, AboveMinimum = true }, "A layer's bias is not corrected when its largest change would be as large as this times its largest element. No limit when not given; the Post-training Optimization Tool's is 2, or 1000 without `use_fast_bias`."),
        new("saturation_fix", new ChoiceShape("first_layer", "all", "no"), "Which layers use half of the weights' range, so that pairs of products do not overflow 16 bits on x64 processors without VNNI: `first_layer` (the first convolutions behind each input, and those that channel alignment rescaled), `all` or `no`. By default `first_layer` for a `target_device` whose products overflow (x64 without VNNI), and `no` for others, where it only costs a bit of the weights. It is for x64 processors and for models with convolutions; elsewhere it does nothing, with a warning."),
        new("ignored", IgnoredSchema.Ignored, "What stays in floating point."),
        new("channel_alignment", new BooleanShape(), "ActivationChannelAlignment: before quantization the channels between two convolutions are brought to like ranges. The Post-training Optimization Tool always does it.") { Default = "true" },
        new("cross_layer_equalization", new BooleanShape(), "Weight ranges of consecutive layers are balanced before quantization, also across activation functions (Nagel et al., Data-Free Quantization, 2019).") { Default = "false" },
        new("smooth_quant", new NumberShape { Minimum = 0, Maximum = 1 }, "Moves outliers of activations into the weights of matrix products, this much of their size (alpha; Xiao et al., SmoothQuant, 2022). Off by default; 0.5 is usual."),
        new("weights_only", new BooleanShape(), "Stores weights in int8 and computes in float: a smaller file, not a faster model.") { Default = "false" },
        new("use_layerwise_tuning", new BooleanShape(), "Tunes the rounding of each layer's weights to keep the layer's output; slower. When the key is missing, a search does so where plain int8 misses the budget, before anything goes back to floating point."),
        new("num_samples_for_tuning", Count, "With `use_layerwise_tuning`: on how many calibration samples, the first ones; never more than there are. By default as many as it takes, at most 128."),
        new("calibration_indices_pool", Count, "With `use_layerwise_tuning`: how many calibration samples there are to choose from. Each is looked at once, so it is the smaller one of this and `num_samples_for_tuning` that counts."),
        new("tuning_iterations", Count, "With `use_layerwise_tuning`: how often all weights of a channel are gone through at most. It ends earlier when none moves any more. By default 8."),
        new("dump_intermediate_model", new BooleanShape(), "Keeps the quantized model as it is before any search, as `default-quantization.int8.onnx` in the report directory. May stand in `compression` instead.") { Default = "false" },
    ];
}
