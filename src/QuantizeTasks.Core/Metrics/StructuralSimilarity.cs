using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>ssim</c>: the mean over samples of the structural similarity of Wang, Bovik, Sheikh and Simoncelli (IEEE Transactions on Image Processing 13, 2004): a Gaussian window of 11 x 11 with standard deviation 1.5,
/// K1 = 0.01, K2 = 0.03, averaged over the positions at which the window lies inside the image and over channels. The output is clipped to [0, data_range] first.
/// </summary>
internal sealed class StructuralSimilarity : MeanMetric
{
    private const int Radius = 5;
    private static readonly double[] Window = Gaussian(1.5);
    private readonly double _range;
    private readonly bool _channelsFirst;
    private readonly string? _output;

    public StructuralSimilarity(MetricParameters parameters)
    {
        _range = parameters.PositiveNumber("data_range");
        _channelsFirst = parameters.OneOf("layout", "nchw", "nchw", "nhwc") == "nchw";
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"ssim/1 data_range={_range:R} nchw={_channelsFirst} output={_output}");
    }

    public override string Name => "ssim";

    public override string Definition { get; }

    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in MetricInput input)
    {
        var (output, label) = input.Regression(Name, _output);
        var shape = input.Output(_output).Shape;
        var rows = shape.Count - (_channelsFirst ? 2 : 3);
        if (rows < 0 || shape[rows] <= 2 * Radius || shape[rows + 1] <= 2 * Radius)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"ssim needs images of at least {(2 * Radius) + 1} x {(2 * Radius) + 1}, but the output of {input.SampleName} has the shape [{string.Join(", ", shape)}].");
        var (height, width, step) = (shape[rows], shape[rows + 1], _channelsFirst ? 1 : shape[^1]);
        var planes = output.Length / (height * width);
        var (x, y, sum) = (new double[height * width], new double[height * width], 0.0);
        for (var plane = 0; plane < planes; plane++)
        {
            var start = _channelsFirst ? plane * height * width : (plane / step * height * width * step) + (plane % step);
            for (var i = 0; i < x.Length; i++)
                (x[i], y[i]) = (Math.Clamp(output[start + (i * step)], 0, _range), label[start + (i * step)]);
            sum += OfPlane(x, y, height, width);
        }
        return output.Any(double.IsNaN) ? double.NaN : sum / planes;
    }

    private double OfPlane(double[] x, double[] y, int height, int width)
    {
        double[] Blurred(Func<int, double> value) => Blur(value, height, width);
        var (mx, my) = (Blurred(i => x[i]), Blurred(i => y[i]));
        var (xx, yy, xy) = (Blurred(i => x[i] * x[i]), Blurred(i => y[i] * y[i]), Blurred(i => x[i] * y[i]));
        var (c1, c2) = (Math.Pow(0.01 * _range, 2), Math.Pow(0.03 * _range, 2));
        var sum = 0.0;
        for (var i = 0; i < mx.Length; i++)
        {
            var (vx, vy, cov) = (xx[i] - (mx[i] * mx[i]), yy[i] - (my[i] * my[i]), xy[i] - (mx[i] * my[i]));
            sum += ((2 * mx[i] * my[i]) + c1) * ((2 * cov) + c2) / (((mx[i] * mx[i]) + (my[i] * my[i]) + c1) * (vx + vy + c2));
        }
        return sum / mx.Length;
    }

    /// <summary>The window's weighted means where it lies inside: columns, then rows.</summary>
    private static double[] Blur(Func<int, double> value, int height, int width)
    {
        var inside = width - (2 * Radius);
        var columns = new double[height * inside];
        for (var row = 0; row < height; row++)
            for (var column = 0; column < inside; column++)
                for (var k = 0; k < Window.Length; k++)
                    columns[(row * inside) + column] += Window[k] * value((row * width) + column + k);
        var result = new double[(height - (2 * Radius)) * inside];
        for (var i = 0; i < result.Length; i++)
            for (var k = 0; k < Window.Length; k++)
                result[i] += Window[k] * columns[i + (k * inside)];
        return result;
    }

    private static double[] Gaussian(double sigma)
    {
        var weights = Enumerable.Range(-Radius, (2 * Radius) + 1).Select(d => Math.Exp(-d * d / (2 * sigma * sigma))).ToArray();
        var sum = weights.Sum();
        return Array.ConvertAll(weights, w => w / sum);
    }
}
