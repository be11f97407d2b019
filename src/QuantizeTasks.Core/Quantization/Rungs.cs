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

    /// <summary>Weights of 16 bits, activations as they are; on devices that have kernels for them.</summary>
    public static Rung SixteenBitWeights { get; } = new("16-bit weights");

    /// <summary>Weights and activations of 16 bits: what stands for float on devices that have none (POT's GNA).</summary>
    public static Rung AllSixteenBits { get; } = new("16 bits") { IsTop = true };

    /// <summary>Weights stored in int8 and computed with in float: as slow as float, a quarter of its size.</summary>
    public static Rung WeightsOnly { get; } = new("weights only");

    /// <summary>
    /// What a search reverts groups to: null for float. On a device without float it searches between 8 and 16 bits, and, as POT does on GNA, only from the preset
    /// <c>performance</c>: under others everything has 16 bits already.
    /// </summary>
    public static Rung? Reversion(CompressionSettings settings) => HasFloat(settings) || !CanSearch(settings) ? null : AllSixteenBits;

    /// <summary>False where a search has nothing to choose from, because everything is in the most accurate form that the device has.</summary>
    public static bool CanSearch(CompressionSettings settings) => settings.IsAccuracyAware && (HasFloat(settings) || settings.Quantization.Preset?.Value is null or "performance");

    /// <summary>Whether the device of the settings has float to go back to.</summary>
    public static bool HasFloat(CompressionSettings settings) => DeviceCatalogue.Find(settings.TargetDevice).Reversion == Devices.Reversion.Float;

    /// <summary>The rungs that are plain quantization under other settings, the one that keeps most of int8's speed first. Without a search there are none.</summary>
    public static ImmutableArray<(Rung Rung, CompressionSettings Settings)> OtherSettings(CompressionSettings settings)
    {
        var parameters = settings.Quantization;
        if (!settings.IsAccuracyAware || parameters.WeightsOnly)
            return [];
        var rungs = ImmutableArray.CreateBuilder<(Rung, CompressionSettings)>();
        if (!HasFloat(settings))
        {
            if (Reversion(settings) is not { } all)
                return [];
            if (DeviceCatalogue.Find(settings.TargetDevice).Reversion == Devices.Reversion.Int16Apart)
                rungs.AddRange((SixteenBits, Widened(settings, weights: false, activations: true)), (SixteenBitWeights, Widened(settings, weights: true, activations: false)));
            rungs.Add((all, Widened(settings, weights: true, activations: true)));
            return rungs.ToImmutable();
        }
        if (parameters.Preset?.Value is null or "performance" && parameters.Activations.Mode is null)
            rungs.Add((Asymmetric, settings with { Quantization = parameters with { Preset = new("mixed", settings.TargetDevice.Position) } }));
        if (DeviceCatalogue.Find(settings.TargetDevice).Int16 == Devices.SixteenBits.Native && parameters.Activations.Bits is null)
            rungs.Add((SixteenBits, settings with { Quantization = parameters with { Activations = parameters.Activations with { Bits = new(16, settings.TargetDevice.Position) } } }));
        return rungs.ToImmutable();
    }

    /// <summary>The settings with 16 bits, whatever levels are wished for 8.</summary>
    private static CompressionSettings Widened(CompressionSettings settings, bool weights, bool activations)
    {
        QuantizerSettings Wide(QuantizerSettings wishes, bool isWide) =>
            isWide ? wishes with { Bits = new(16, settings.TargetDevice.Position), LevelLow = null, LevelHigh = null } : wishes;
        var parameters = settings.Quantization;
        return settings with { Quantization = parameters with { Weights = Wide(parameters.Weights, weights), Activations = Wide(parameters.Activations, activations) } };
    }
}
