using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads the steps of <c>preprocess</c>.</summary>
internal sealed class PreprocessSection(ErrorList errors)
{
    /// <summary>Reads one step; null when it is wrong, which the shape check has reported.</summary>
    public PreprocessStep? Read(MappingNode step)
    {
        if (step.Entries is not [{ Key: var name, Position: var position, Value: var value }])
            return null;
        var map = value as MappingNode;
        return name switch
        {
            "resize" => new ResizeStep(
                position, map.Whole("shorter")?.Value, map.Whole("width")?.Value, map.Whole("height")?.Value,
                Enum.TryParse<ResizeMethod>(map.Text("method")?.Value, ignoreCase: true, out var method) ? method : ResizeMethod.Bilinear, map.Flag("antialias") ?? true) { KeepsRatio = map.Flag("keep_ratio") ?? false },
            "center_crop" when (value as ScalarNode)?.Whole() is { } edge => new CenterCropStep(position, edge, edge),
            "center_crop" when Size(map) is var (width, height) => new CenterCropStep(position, width, height),
            "central_fraction" => new CentralFractionStep(position, step.Number(name)?.Value ?? 1),
            "pad_to" when Size(map) is var (width, height) => new PadToStep(position, width, height, (float)(map.Number("value")?.Value ?? 0)),
            "color" when Enum.TryParse<ColorOrder>(step.Text(name)?.Value, ignoreCase: true, out var color) => new ColorStep(position, color),
            "divide" => new DivideStep(position, Single(step.Number(name), isDivisor: true)),
            "normalize" => Normalize(position, map),
            "layout" => new LayoutStep(position, step.Text(name)?.Value == "nchw"),
            _ => null,
        };
    }

    private NormalizeStep Normalize(SourcePosition position, MappingNode? map)
    {
        var (mean, std) = (Numbers(map, "mean", isDivisor: false), Numbers(map, "std", isDivisor: true));
        if (mean.Length != std.Length && mean.Length > 1 && std.Length > 1)
            errors.Add(DiagnosticCodes.ConflictingKeys, position, null, $"'normalize' has {mean.Length} means but {std.Length} standard deviations. Give one a channel in both, or a single number.");
        return new NormalizeStep(position, Repeat(mean, std.Length), Repeat(std, mean.Length));
    }

    private ImmutableArray<float> Numbers(MappingNode? map, string key, bool isDivisor)
    {
        ImmutableArray<ManifestNode> items = map?[key] is ScalarNode single ? [single] : map.List(key);
        return [.. items.OfType<ScalarNode>().Select(i => Single(ScalarFormat.Number(i) is { } n ? i.Locate(n) : null, isDivisor))];
    }

    // A divisor that is not 0 as a double can still be 0 as the float that pixels are divided by.
    private float Single(Located<double>? number, bool isDivisor)
    {
        if (isDivisor && number is { Value: not 0 } && (float)number.Value == 0)
            errors.Add(DiagnosticCodes.ValueOutOfRange, number, "This divisor is too small for a 32-bit float; it would be 0.");
        return (float)(number?.Value ?? 0);
    }

    private static (int Width, int Height)? Size(MappingNode? map) => map.Whole("width") is { } width && map.Whole("height") is { } height ? (width.Value, height.Value) : null;

    private static ImmutableArray<float> Repeat(ImmutableArray<float> values, int length) => values.Length == 1 && length > 1 ? [.. Enumerable.Repeat(values[0], length)] : values;
}
