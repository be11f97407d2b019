using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>A sort of work whose time is a sum of amounts times coefficients.</summary>
/// <param name="Name">Its key in a device's <c>costs</c>.</param>
/// <param name="Description">What it is.</param>
/// <param name="Terms">What there are amounts of, and what one of them is.</param>
internal sealed record Kernel(string Name, string Description, ImmutableArray<(string Name, string Description)> Terms);

/// <summary>Everything that the cost model tells apart.</summary>
internal static class Kernels
{
    private static readonly (string, string) Start = ("start", "starting it, beyond what starting any operator takes");
    private static readonly (string, string) Weight = ("weight", "a weight, which has to come from memory");
    private static readonly (string, string) Output = ("output", "a value that it writes");
    private static readonly (string, string) Step = ("step", "a step of one direction");

    public static Kernel FloatConvolution { get; } = new("float_convolution", "Conv in float, in blocks of 16 channels",
        [Start, ("product", "a product, the last block of channels counted in full"), ("thin_product", "a product when the input has fewer channels than a block and is read plane by plane"), Weight]);

    public static Kernel Int8Convolution { get; } = new("int8_convolution", "Conv in int8",
        [Start, ("product", "a product"), Output, ("tap", "a place that an output looks at, which is first copied into a row; none for 1x1"), Weight]);

    public static Kernel FloatDepthwise { get; } = new("float_depthwise", "Conv in float with one input channel for each output channel", [Start, ("product", "a product")]);

    public static Kernel Int8Depthwise { get; } = new("int8_depthwise", "Conv in int8 with one input channel for each output channel", [Start, ("product", "a product"), ("pixel", "a position of the output, over all channels")]);

    public static Kernel FloatMatrix { get; } = new("float_matrix", "Gemm and MatMul in float", [Start, ("product", "a product"), Weight]);

    public static Kernel Int8Matrix { get; } = new("int8_matrix", "Gemm and MatMul in int8",
        [Start, ("product", "a product"), Output, Weight, ("unfused_bias", "a value whose bias an operator of its own adds, because the fusion that does it in float is lost")]);

    public static Kernel UnsignedMatrix { get; } = new("unsigned_matrix", "Gemm and MatMul in int8 of two activations, or with a constant first operand: both operands are stored alike then, unsigned on most devices",
        [Start, ("product", "a product")]);

    public static Kernel FloatGroups { get; } = new("float_groups", "Conv in float with groups of several channels", [Start, ("product", "a product")]);

    public static Kernel Int8Groups { get; } = new("int8_groups", "Conv in int8 with groups of several channels, one group after the other", [Start, ("product", "a product"), Output]);

    public static Kernel FloatRecurrent { get; } = new("float_recurrent", "LSTM in float", [Start, ("product", "a product"), ("gate", "a value of a gate in a step"), Step, Weight]);

    public static Kernel Int8Recurrent { get; } = new("int8_recurrent", "LSTM in int8", [Start, ("product", "a product"), ("gate", "a value of a gate in a step"), Step, Weight]);

    public static Kernel FusedAddition { get; } = new("fused_addition", "Add of what a float convolution makes, which the convolution does on its way", [("value", "a value that it writes")]);

    public static Kernel Conversion { get; } = new("conversion", "between float and int8",
        [("start", "starting an operator"), ("value", "quantizing or dequantizing a value"), ("interleave", "bringing a value from planes into the order that int8 convolutions work in, or back"),
            ("block", "bringing a value from or into the blocks that float convolutions work in")]);

    public static ImmutableArray<Kernel> All { get; } = [FloatConvolution, Int8Convolution, FloatDepthwise, Int8Depthwise, FloatMatrix, Int8Matrix, UnsignedMatrix, FloatGroups, Int8Groups, FloatRecurrent, Int8Recurrent, FusedAddition, Conversion];
}
