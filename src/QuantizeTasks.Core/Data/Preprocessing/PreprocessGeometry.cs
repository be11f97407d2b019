using System.Collections.Immutable;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Where the points of an image are after its preprocessing: x * <see cref="ScaleX"/> + <see cref="OffsetX"/>, and y likewise.</summary>
internal readonly record struct PreprocessGeometry(int Width, int Height, double ScaleX, double ScaleY, double OffsetX, double OffsetY)
{
    /// <summary>Follows the steps as <see cref="PreprocessPipeline"/> runs them.</summary>
    public static PreprocessGeometry Of(ImmutableArray<PreprocessStep> steps, int width, int height)
    {
        var geometry = new PreprocessGeometry(width, height, 1, 1, 0, 0);
        foreach (var step in steps)
            geometry = geometry.After(step);
        return geometry;
    }

    private PreprocessGeometry After(PreprocessStep step)
    {
        switch (step)
        {
            case ResizeStep resize:
                var (width, height) = Resize.Size(Width, Height, resize);
                var (x, y) = ((double)width / Width, (double)height / Height);
                return new(width, height, ScaleX * x, ScaleY * y, OffsetX * x, OffsetY * y);
            case CenterCropStep crop:
                var (left, top) = Geometry.Origin(Width, Height, crop);
                return Moved(crop.Width, crop.Height, -left, -top);
            case CentralFractionStep fraction:
                var (cutX, cutY) = Geometry.Origin(Width, Height, fraction.Fraction);
                return Moved(Width - (2 * cutX), Height - (2 * cutY), -cutX, -cutY);
            case PadToStep pad:
                return Moved(pad.Width, pad.Height, (pad.Width - Width) / 2, (pad.Height - Height) / 2);
            default:
                return this;
        }
    }

    private PreprocessGeometry Moved(int width, int height, int x, int y) => new(width, height, ScaleX, ScaleY, OffsetX + x, OffsetY + y);
}
