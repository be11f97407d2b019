using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>What must hold of a step before any image is read. A manifest reader checks most of it with a nicer message; a library user may not have one.</summary>
internal static class PreprocessChecks
{
    public static void Check(PreprocessStep step, ColorOrder color)
    {
        switch (step)
        {
            case ResizeStep { Method: ResizeMethod.Area, Antialias: false }:
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys, "'method: area' averages over areas, so 'antialias: false' contradicts it.", step.Position);
            case ResizeStep { Shorter: null } resize when resize.Width is null || resize.Height is null:
                throw new QuantizeException(DiagnosticCodes.MissingKey, "'resize' needs 'shorter', or 'width' and 'height'.", step.Position);
            case ResizeStep { Shorter: not null } resize when resize.Width is not null || resize.Height is not null:
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys, "'resize' takes 'shorter', or 'width' and 'height', not both.", step.Position);
            case ResizeStep { Shorter: not null, KeepsRatio: true }:
                throw new QuantizeException(DiagnosticCodes.ConflictingKeys, "'keep_ratio' is for 'width' and 'height'; 'shorter' keeps the proportions anyway. Remove it.", step.Position);
            case ResizeStep resize:
                Require((resize.Shorter ?? 1) > 0 && (resize.Width ?? 1) > 0 && (resize.Height ?? 1) > 0, "'resize' needs positive sizes.", step);
                break;
            case CenterCropStep crop:
                Require(crop.Width > 0 && crop.Height > 0, "'center_crop' needs a positive size.", step);
                break;
            case CentralFractionStep fraction:
                Require(fraction.Fraction is > 0 and <= 1, "'central_fraction' must be above 0 and at most 1.", step);
                break;
            case PadToStep pad:
                Require(pad.Width > 0 && pad.Height > 0 && float.IsFinite(pad.Value), "'pad_to' needs a positive size and a finite value.", step);
                break;
            case DivideStep divide:
                Require(float.IsFinite(divide.Divisor) && divide.Divisor != 0, "'divide' needs a finite number other than 0.", step);
                break;
            case NormalizeStep normalize:
                var channels = color == ColorOrder.Gray ? 1 : 3;
                CheckChannels(normalize.Mean, "mean", channels, step);
                CheckChannels(normalize.Std, "std", channels, step);
                Require(!normalize.Std.Contains(0), "'std' must not be 0.", step);
                break;
        }
    }

    private static void CheckChannels(ImmutableArray<float> values, string name, int channels, PreprocessStep step)
    {
        Require(!values.IsDefault && (values.Length == 1 || values.Length == channels), $"'{name}' needs one value or {channels}, one per channel that reaches this step; it has {(values.IsDefault ? 0 : values.Length)}.", step);
        Require(values.All(float.IsFinite), $"'{name}' must be finite.", step);
    }

    private static void Require(bool condition, string message, PreprocessStep step)
    {
        if (!condition)
            throw new QuantizeException(DiagnosticCodes.ValueOutOfRange, message, step.Position);
    }
}
