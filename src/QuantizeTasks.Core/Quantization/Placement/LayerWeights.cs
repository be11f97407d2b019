using System.Collections.Immutable;
using QuantizeTasks.Onnx;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>The constant operand of a layer.</summary>
/// <param name="Tensor">The initializer.</param>
/// <param name="Axis">Its axis of output channels.</param>
/// <param name="Channels">How many output channels there are.</param>
/// <param name="Bias">The initializer of the bias, of one value a channel or one for all; null without one.</param>
/// <param name="BiasNode">The node that adds <paramref name="Bias"/>: the layer's operator, or the Add after a MatMul; null without a bias.</param>
/// <param name="InputChannelAxis">The axis of the activation that the sums run over; for Conv the axis of channels; negative when it is not known or differs from channel to channel.</param>
internal sealed record LayerWeights(string Tensor, int Axis, int Channels, string? Bias, string? BiasNode, int InputChannelAxis)
{
    /// <summary>Which input of the operator it is: 1, or 0 for a product with a constant first operand.</summary>
    public int Input { get; init; } = 1;

    /// <summary>Groups of a convolution, each of which sees channels of its own.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>True for a convolution in which each output channel sees one input channel of its own.</summary>
    public bool IsDepthwise { get; init; }

    /// <summary>True for a MatMul with a matrix that is written as a Gemm in int8, together with the addition of its bias.</summary>
    public bool IsGemm { get; init; }

    /// <summary>The shape of the result of such a Gemm whose first operand is a stack of matrices, with -1 for one open extent; empty where it is a matrix.</summary>
    public ImmutableArray<long> Stack { get; init; } = [];

    /// <summary>True for a Gemm whose third operand is no bias of one value a channel: in int8 an Add of its own adds it.</summary>
    public bool AddsApart { get; init; }

    /// <summary>True for a stack of matrices, each multiplied with a matrix of its own.</summary>
    public bool IsBatched { get; init; }

    /// <summary>True for a stack of one matrix, which is stored as a matrix: the int8 kernels take a scale for each column of a matrix, but not of a stack.</summary>
    public bool IsStackOfOne { get; init; }

    /// <summary>False where the output has no axis with one value for each of <see cref="Channels"/> to which a correction could be added.</summary>
    public bool TakesBias => Input == 1 && !IsBatched && !AddsApart;

    /// <summary>
    /// True when all channels must share one scale: the int8 kernels take a scale for each column of a second operand that is a matrix. ONNX Runtime loads a model
    /// with such scales on a stack of matrices, but cannot run it.
    /// </summary>
    public bool NeedsOneScale { get; init; }

    /// <summary>The bias, one value for each output channel; null without one.</summary>
    public float[]? BiasValues(OnnxGraph graph) =>
        Bias is null || !graph.TryGetConstant(Bias, out var bias) ? null : bias.ToFloats() is [var same] ? [.. Enumerable.Repeat(same, Channels)] : bias.ToFloats();
}
