using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>For each output position of one axis: which input positions it is a weighted sum of, and the weights.</summary>
internal sealed class ResampleKernel
{
    private readonly int[] _first;
    private readonly int[] _count;
    private readonly double[] _weights;
    private int[]? _fixedWeights;

    private ResampleKernel(int outputs, int size)
    {
        Size = size;
        _first = new int[outputs];
        _count = new int[outputs];
        _weights = new double[(long)outputs * size <= Array.MaxLength ? outputs * size : throw new InvalidDataException("resize has too large a factor")];
    }

    /// <summary>Bits behind the binary point of fixed-point weights: 32 less 8 for the value and 2 for overshoot, as in Pillow's Resample.c.</summary>
    public const int PrecisionBits = 32 - 8 - 2;

    /// <summary>The largest number of input positions.</summary>
    public int Size { get; }

    public int First(int output) => _first[output];

    public ReadOnlySpan<double> Weights(int output) => _weights.AsSpan(output * Size, _count[output]);

    /// <summary>The weights times 2^<see cref="PrecisionBits"/>, rounded half away from zero.</summary>
    public ReadOnlySpan<int> FixedWeights(int output) =>
        (_fixedWeights ??= Array.ConvertAll(_weights, weight => (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << PrecisionBits))))).AsSpan(output * Size, _count[output]);

    /// <summary>
    /// Weights as Pillow's precompute_coeffs has them, in the same order of operations: the filter is stretched by the factor of reduction (so it averages over all
    /// pixels an output covers) and cut off and normalized at the borders.
    /// </summary>
    public static ResampleKernel Antialiased(int inputs, int outputs, ResizeMethod method)
    {
        var (radius, filter) = method switch
        {
            ResizeMethod.Area => (0.5, (Func<double, double>)(x => x is > -0.5 and <= 0.5 ? 1 : 0)),
            ResizeMethod.Bilinear => (1.0, Triangle),
            ResizeMethod.Bicubic => (2.0, x => Cubic(x, -0.5)),
            _ => throw new ArgumentOutOfRangeException(nameof(method)),
        };
        var scale = (double)inputs / outputs;
        var filterScale = Math.Max(scale, 1.0);
        var support = radius * filterScale;
        var inverse = 1.0 / filterScale;
        var kernel = new ResampleKernel(outputs, ((int)Math.Ceiling(support) * 2) + 1);
        for (var o = 0; o < outputs; o++)
        {
            var center = (o + 0.5) * scale;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), inputs) - first;
            var weights = kernel._weights.AsSpan(o * kernel.Size, count);
            var sum = 0.0;
            for (var i = 0; i < count; i++)
                sum += weights[i] = filter((i + first - center + 0.5) * inverse);
            for (var i = 0; i < count && sum != 0; i++)
                weights[i] /= sum;
            (kernel._first[o], kernel._count[o]) = (first, count);
        }
        return kernel;
    }

    /// <summary>
    /// Plain sampling between the nearest pixels with half-pixel centres, borders repeated: align_corners=False of PyTorch's interpolate, half_pixel of ONNX Resize,
    /// and OpenCV's resize. Cubic with a = -0.75, as all three have it.
    /// </summary>
    public static ResampleKernel Plain(int inputs, int outputs, ResizeMethod method)
    {
        var radius = method == ResizeMethod.Bicubic ? 2 : 1;
        var scale = (double)inputs / outputs;
        var kernel = new ResampleKernel(outputs, 2 * radius);
        for (var o = 0; o < outputs; o++)
        {
            var source = ((o + 0.5) * scale) - 0.5;
            var below = (int)Math.Floor(source);
            var first = Math.Clamp(below - radius + 1, 0, inputs - 1);
            for (var i = below - radius + 1; i <= below + radius; i++)
                kernel._weights[(o * kernel.Size) + Math.Clamp(i, 0, inputs - 1) - first] += radius == 2 ? Cubic(i - source, -0.75) : Triangle(i - source);
            (kernel._first[o], kernel._count[o]) = (first, Math.Clamp(below + radius, 0, inputs - 1) - first + 1);
        }
        return kernel;
    }

    private static double Triangle(double x) => Math.Abs(x) < 1 ? 1 - Math.Abs(x) : 0;

    /// <summary>Keys, "Cubic convolution interpolation for digital image processing" (1981), with free parameter a.</summary>
    private static double Cubic(double x, double a)
    {
        x = Math.Abs(x);
        return x < 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1
            : x < 2 ? ((((x - 5) * x) + 8) * x * a) - (4 * a)
            : 0;
    }
}
