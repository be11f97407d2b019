using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>How pixels between pixels are made.</summary>
public enum ResizeMethod
{
    Bilinear,
    Bicubic,
    Nearest,
    Area,
}

/// <summary>The order of channels in an image.</summary>
public enum ColorOrder
{
    Rgb,
    Bgr,
    Gray,
}

/// <summary>One preprocessing step.</summary>
public abstract record PreprocessStep(SourcePosition Position);

/// <summary><c>resize: { shorter: N }</c> or <c>{ width: W, height: H }</c>.</summary>
public sealed record ResizeStep(SourcePosition Position, int? Shorter, int? Width, int? Height, ResizeMethod Method, bool Antialias) : PreprocessStep(Position)
{
    /// <summary><c>keep_ratio</c>: as large as fits into width and height, with the image's proportions.</summary>
    public bool KeepsRatio { get; init; }
}

/// <summary><c>center_crop: N</c> or <c>{ width, height }</c>.</summary>
public sealed record CenterCropStep(SourcePosition Position, int Width, int Height) : PreprocessStep(Position);

/// <summary><c>central_fraction: F</c>, 0 &lt; F &lt;= 1.</summary>
public sealed record CentralFractionStep(SourcePosition Position, double Fraction) : PreprocessStep(Position);

/// <summary><c>pad_to: { width, height, value }</c>.</summary>
public sealed record PadToStep(SourcePosition Position, int Width, int Height, float Value) : PreprocessStep(Position);

/// <summary><c>color: rgb | bgr | gray</c>.</summary>
public sealed record ColorStep(SourcePosition Position, ColorOrder Color) : PreprocessStep(Position);

/// <summary><c>divide: X</c>.</summary>
public sealed record DivideStep(SourcePosition Position, float Divisor) : PreprocessStep(Position);

/// <summary><c>normalize: { mean, std }</c>: (x - mean) / std, one value per channel or one for all.</summary>
public sealed record NormalizeStep(SourcePosition Position, ImmutableArray<float> Mean, ImmutableArray<float> Std) : PreprocessStep(Position);

/// <summary><c>layout: nchw | nhwc</c>.</summary>
public sealed record LayoutStep(SourcePosition Position, bool ChannelsFirst) : PreprocessStep(Position);
