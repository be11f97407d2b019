using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>Compression settings in a line.</summary>
internal static class Settings
{
    public static SourcePosition Position { get; } = new("quantize.yaml", 14, 19);

    public static CompressionSettings Of(
        string preset = "performance", string weights = "perchannel", bool bias = true, string[]? scope = null, string[]? operations = null, string? modelType = null, int? subset = null, bool shuffle = false, int seed = 0) => new()
    {
        TargetDevice = new("CPU", Position),
        IsAccuracyAware = false,
        ModelType = modelType is null ? null : new(modelType, Position),
        Accuracy = new(),
        Quantization = new()
        {
            Preset = new(preset, Position),
            Weights = QuantizerSettings.None with { Granularity = new(weights, Position) },
            Threshold = bias ? null : new(0, Position),
            Ignored = IgnoredOperators.None with
            {
                Scope = [.. (scope ?? []).Select(name => new Located<string>(name, Position))],
                Operations = [.. (operations ?? []).Select(name => new IgnoredOperation(new Located<string>(name, Position), ImmutableSortedDictionary<string, Located<object>>.Empty))],
            },
            StatSubsetSize = subset is { } size ? new(size, Position) : null,
            ShuffleData = shuffle,
            Seed = seed,
        },
    };

    /// <summary>The defaults with other parameters.</summary>
    public static CompressionSettings With(Func<DefaultQuantizationParameters, DefaultQuantizationParameters> change)
    {
        var settings = Of();
        return settings with { Quantization = change(settings.Quantization) };
    }
}
