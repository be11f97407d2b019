using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>psnr</c>: the mean over samples of 10 log10(data_range^2 / mse) in dB, after clipping the output to [0, data_range] and leaving out <c>crop_border</c> pixels on each side.
/// At most <see cref="Cap"/> dB: equal images would be infinite, and one of them would make every mean infinite.
/// </summary>
internal sealed class PeakSignalToNoiseRatio : MeanMetric
{
    /// <summary>An error of one hundred-thousandth of the range; no 8-bit image gets near it without being equal.</summary>
    public const double Cap = 100;

    private readonly double _range;
    private readonly int _border;
    private readonly bool _channelsFirst;
    private readonly string? _output;

    public PeakSignalToNoiseRatio(MetricParameters parameters)
    {
        _range = parameters.PositiveNumber("data_range");
        _border = parameters.Integer("crop_border", 0, 1 << 20) ?? 0;
        _channelsFirst = parameters.OneOf("layout", "nchw", "nchw", "nhwc") == "nchw";
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"psnr/1 data_range={_range:R} crop_border={_border} nchw={_channelsFirst} output={_output}");
    }

    public override string Name => "psnr";

    public override string Definition { get; }

    public override bool HigherIsBetter => true;

    public override double Best => Cap;

    protected override double Score(in MetricInput input)
    {
        var (output, label) = input.Regression(Name, _output);
        output = Array.ConvertAll(output, value => Math.Clamp(value, 0, _range));
        if (_border > 0)
        {
            var shape = input.Output(_output).Shape;
            (output, label) = (Crop(output, shape, input.SampleName), Crop(label, shape, input.SampleName));
        }
        var error = SquaredError.Mean(output, label);
        // Written so that a NaN passes through: Math.Min(NaN, Cap) is NaN.
        return Math.Min(10 * Math.Log10(_range * _range / error), Cap);
    }

    private double[] Crop(double[] values, IReadOnlyList<int> shape, string sample)
    {
        var channelAxes = _channelsFirst ? 0 : 1;
        if (shape.Count < 2 + channelAxes)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"'crop_border' needs an image, but the output of {sample} has the shape [{string.Join(", ", shape)}].");
        var (height, width, channels) = (shape[^(2 + channelAxes)], shape[^(1 + channelAxes)], _channelsFirst ? 1 : shape[^1]);
        if (height <= 2 * _border || width <= 2 * _border)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"'crop_border' {_border} leaves nothing of the {width} x {height} output of {sample}.");
        var planes = values.Length / (height * width * channels);
        var length = (width - (2 * _border)) * channels;
        var result = new double[planes * (height - (2 * _border)) * length];
        var at = 0;
        for (var p = 0; p < planes; p++)
        {
            for (var y = _border; y < height - _border; y++, at += length)
                values.AsSpan(((((p * height) + y) * width) + _border) * channels, length).CopyTo(result.AsSpan(at));
        }
        return result;
    }
}
