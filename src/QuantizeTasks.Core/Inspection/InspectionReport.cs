using System.Collections.Immutable;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Inspection;

/// <summary>What quantization does to a model, operator by operator.</summary>
public sealed record InspectionReport
{
    /// <summary>The model's path.</summary>
    public required string Model { get; init; }

    /// <summary>Of the model file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Version of the default operator set.</summary>
    public required long Opset { get; init; }

    /// <summary>The runtime that was asked which kernels it runs.</summary>
    public required RuntimeRecord Runtime { get; init; }

    /// <summary>
    /// Samples that ranges of activations and errors come from. 0 without data: then ranges are placeholders from random inputs, which are good enough to see which kernels run, and say
    /// nothing about errors.
    /// </summary>
    public required int Samples { get; init; }

    /// <summary>Every operator of the prepared model, in graph order.</summary>
    public required ImmutableArray<OperatorRecord> Operators { get; init; }

    /// <summary>Known slow spots and other things to know, in graph order and then those about the whole model.</summary>
    public required ImmutableArray<InspectionWarning> Warnings { get; init; }

    /// <summary>Null without data.</summary>
    public LatencyRecord? Latency { get; init; }
}

/// <summary>What becomes of one operator.</summary>
public sealed record OperatorRecord
{
    /// <summary>Node name.</summary>
    public required string Name { get; init; }

    /// <summary>Operator type.</summary>
    public required string OpType { get; init; }

    /// <summary><c>int8</c>, or <c>float</c>.</summary>
    public required string Decision { get; init; }

    /// <summary>Name of the group it goes to float with; null when it is not quantized.</summary>
    public string? Group { get; init; }

    /// <summary>Why it stays in float, or how it comes to be int8.</summary>
    public required string Reason { get; init; }

    /// <summary>The operator that ONNX Runtime really runs for it, such as <c>QLinearConv</c>; null when nothing is left of it.</summary>
    public string? Kernel { get; init; }

    /// <summary>Signal to quantization noise ratio of the stored weights, in dB; null without int8 weights. Needs no data.</summary>
    public double? WeightDecibels { get; init; }

    /// <summary>That of the output when this layer alone is int8; null without data, and for what is no int8 layer.</summary>
    public double? LocalDecibels { get; init; }

    /// <summary>That of the output in the int8 model, with what the layers before it add; null as <see cref="LocalDecibels"/>.</summary>
    public double? AccumulatedDecibels { get; init; }

    /// <summary>Share of the sums of two products that saturate on x64 without VNNI; null without data, 0 where the weights cannot saturate.</summary>
    public double? SaturatedShare { get; init; }
}

/// <summary>A thing to know about an operator, or about the whole model.</summary>
/// <param name="Kind">A stable word, such as <c>grouped-convolution</c>.</param>
/// <param name="Operator">The operator; null when it is about the model.</param>
/// <param name="Message">What it is, and what to do.</param>
public sealed record InspectionWarning(string Kind, string? Operator, string Message);
