using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Steps as a stable text for fingerprints: what they do and not where they are written.</summary>
internal static class PreprocessText
{
    public static string Of(ImmutableArray<PreprocessStep> steps) => steps.IsDefaultOrEmpty ? "" : string.Join(';', steps.Select(Of));

    private static string Of(PreprocessStep step) => step switch
    {
        ResizeStep s => Text($"resize({s.Shorter},{s.Width},{s.Height},{s.Method},{s.Antialias}{(s.KeepsRatio ? ",fit" : "")})"),
        CenterCropStep s => Text($"center_crop({s.Width},{s.Height})"),
        CentralFractionStep s => Text($"central_fraction({s.Fraction:R})"),
        PadToStep s => Text($"pad_to({s.Width},{s.Height},{s.Value:R})"),
        ColorStep s => Text($"color({s.Color})"),
        DivideStep s => Text($"divide({s.Divisor:R})"),
        NormalizeStep s => Text($"normalize([{Join(s.Mean)}],[{Join(s.Std)}])"),
        LayoutStep s => Text($"layout({(s.ChannelsFirst ? "nchw" : "nhwc")})"),
        _ => throw new ArgumentException($"Unknown preprocessing step {step.GetType().Name}.", nameof(step)),
    };

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Join(ImmutableArray<float> values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}
