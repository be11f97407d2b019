using System.Collections.Frozen;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>What a device can do with 16-bit integers.</summary>
internal enum SixteenBits
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its runtime accepts them between Q/DQ pairs and computes in float.</summary>
    Simulated,

    /// <summary>It has kernels for them.</summary>
    Native,
}

/// <summary>What a search does with layers that lose too much as they are.</summary>
internal enum Reversion
{
    /// <summary>It puts them in float.</summary>
    Float,

    /// <summary>It gives weights and activations 16 bits together: the device has no float, as POT's GNA.</summary>
    Int16,

    /// <summary>The same, where 16-bit weights or activations alone are possible too.</summary>
    Int16Apart,
}

/// <summary>A device as data: what runs there in int8, with which quantizers, and what it costs. Each comes from a file of its name beside this one.</summary>
internal sealed record DeviceProfile
{
    /// <summary>The name that <c>target_device</c> gives.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a sentence.</summary>
    public required string Description { get; init; }

    /// <summary>True when activations are stored in uint8 (or uint16), false for int8 (or int16).</summary>
    public required bool HasUnsignedActivations { get; init; }

    /// <summary>True when its int8 kernels of convolutions and of operators without weights give integers, so that without a quantizer on their output they run in float.</summary>
    public required bool HasIntegerOutputs { get; init; }

    /// <summary>True when biases are stored as int32, in units of input scale times weight scale; false when they stay float.</summary>
    public required bool HasIntegerBiases { get; init; }

    /// <summary>True when its kernels add pairs of products in 16 bits, which saturates with unsigned activations and 8-bit weights.</summary>
    public required bool ProductsSaturate { get; init; }

    /// <summary>True where <c>saturation_fix</c> means something: processors of a family of which some saturate. POT has it for its CPU and for ANY.</summary>
    public required bool TakesHalfRange { get; init; }

    /// <summary>What it can do with 16-bit integers.</summary>
    public required SixteenBits Int16 { get; init; }

    /// <summary>What a search does with layers that lose too much.</summary>
    public required Reversion Reversion { get; init; }

    /// <summary>True when its sums of products have 32 bits and must not leave them, so that scales of weights are widened where they would.</summary>
    public required bool HasBoundedSums { get; init; }

    /// <summary>Patterns of operators that stay whole in float, with the reason.</summary>
    public required FrozenDictionary<string, string> FloatPatterns { get; init; }

    /// <summary>The operator types that the file names.</summary>
    public required FrozenDictionary<string, DeviceOperator> Operators { get; init; }

    /// <summary>What holds for every other operator type; it is of kind <see cref="OperatorKind.Float"/>.</summary>
    public required DeviceOperator Otherwise { get; init; }

    /// <summary>What things cost; null for a device whose times are not known, on which everything that can be int8 is.</summary>
    public CostTable? Costs { get; init; }

    /// <summary>What the device does with an operator type.</summary>
    public DeviceOperator Of(string operatorType) => Operators.GetValueOrDefault(operatorType, Otherwise);
}
