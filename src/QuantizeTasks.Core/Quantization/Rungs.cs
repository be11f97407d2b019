using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Quantization;

/// <summary>The rungs between int8 and float that a real model has.</summary>
internal static class Rungs
{
    /// <summary>The ranges of the preset <c>mixed</c>: as fast as plain int8.</summary>
    public static Rung Asymmetric { get; } = new("asymmetric activations");

    /// <summary>Activations of 16 bits, on devices that have kernels for them.</summary>
    public static Rung SixteenBits { get; } = new("16-bit activations");

    /// <summary>Weights stored in int8 and computed with in float: as slow as float, a quarter of its size.</summary>
    public static Rung WeightsOnly { get; } = new("weights only");

    /// <summary>The rungs that are plain quantization under other settings, the one that keeps most of int8's speed first. Without a search there are none.</summary>
    public static ImmutableArray<(Rung Rung, CompressionSettings Settings)> OtherSettings(CompressionSettings settings)
    {
        var parameters = settings.Quantization;
        if (!settings.IsAccuracyAware || parameters.WeightsOnly)
            return [];
        var rungs = ImmutableArray.CreateBuilder<(Rung, CompressionSettings)>();
        if (parameters.Preset?.Value is null or "performance" && parameters.Activations.Mode is null)
            rungs.Add((Asymmetric, settings with { Quantization = parameters with { Preset = new("mixed", settings.TargetDevice.Position) } }));
        if (DeviceCatalogue.Find(settings.TargetDevice).Int16 == Devices.SixteenBits.Native && parameters.Activations.Bits is null)
            rungs.Add((SixteenBits, settings with { Quantization = parameters with { Activations = parameters.Activations with { Bits = new(16, settings.TargetDevice.Position) } } }));
        return rungs.ToImmutable();
    }
}
