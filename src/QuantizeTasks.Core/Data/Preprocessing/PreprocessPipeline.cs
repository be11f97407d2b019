using System.Collections.Immutable;
using System.Numerics.Tensors;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>The steps of a manifest in the written order, checked once and run on every image. Thread-safe.</summary>
internal sealed class PreprocessPipeline
{
    private readonly ImmutableArray<PreprocessStep> _steps;
    private readonly bool _channelsFirst;

    /// <summary>Checks what can be known without an image.</summary>
    /// <exception cref="QuantizeException">A step's values do not fit the channels that reach it, or contradict each other.</exception>
    public PreprocessPipeline(ImmutableArray<PreprocessStep> steps)
    {
        _steps = steps.IsDefault ? [] : steps;
        _channelsFirst = _steps.OfType<LayoutStep>().LastOrDefault()?.ChannelsFirst ?? true;
        var color = ColorOrder.Rgb;
        foreach (var step in _steps)
        {
            PreprocessChecks.Check(step, color);
            color = step is ColorStep { Color: var next } ? next : color;
        }
    }

    /// <summary>Runs the steps.</summary>
    /// <param name="pixels">uint8 [height, width, 1 or 3] in RGB order, as decoded.</param>
    /// <param name="name">The image's path, for messages.</param>
    /// <returns>float32 [1, C, H, W] or [1, H, W, C].</returns>
    public Tensor Run(Tensor pixels, string name)
    {
        Picture? picture = null;
        try
        {
            picture = Picture.FromInterleaved(pixels.As<byte>(), pixels.Shape[2], pixels.Shape[1], pixels.Shape[0]);
            var color = ColorOrder.Rgb;
            foreach (var step in _steps)
            {
                var next = Apply(step, picture, ref color);
                if (next != picture)
                    picture.Dispose();
                picture = next;
            }
            return picture.ToTensor(_channelsFirst);
        }
        catch (InvalidDataException e)
        {
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The image cannot be preprocessed: {e.Message}.", new SourcePosition(name), e);
        }
        finally
        {
            picture?.Dispose();
        }
    }

    private static Picture Apply(PreprocessStep step, Picture picture, ref ColorOrder color)
    {
        switch (step)
        {
            case ResizeStep resize:
                return Resize.Apply(picture, resize);
            case CenterCropStep crop:
                return Geometry.CenterCrop(picture, crop);
            case CentralFractionStep fraction:
                return Geometry.CentralFraction(picture, fraction.Fraction);
            case PadToStep pad:
                return Geometry.PadTo(picture, pad);
            case ColorStep { Color: var to }:
                var from = color;
                color = to;
                return ColorConversion.Convert(picture, from, to);
            case DivideStep divide:
                var quotient = picture.ToFloats();
                for (var c = 0; c < quotient.Channels; c++)
                    TensorPrimitives.Divide(quotient.Floats(c), divide.Divisor, quotient.Floats(c));
                return quotient;
            case NormalizeStep normalize:
                var normalized = picture.ToFloats();
                for (var c = 0; c < normalized.Channels; c++)
                {
                    var plane = normalized.Floats(c);
                    TensorPrimitives.Subtract(plane, normalize.Mean[normalize.Mean.Length == 1 ? 0 : c], plane);
                    TensorPrimitives.Divide(plane, normalize.Std[normalize.Std.Length == 1 ? 0 : c], plane);
                }
                return normalized;
            case LayoutStep:
                return picture; // Only the result has a layout.
            default:
                throw new ArgumentException($"Unknown preprocessing step {step.GetType().Name}.", nameof(step));
        }
    }
}
