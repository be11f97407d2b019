using System.Numerics.Tensors;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Rounds weights so that what they compute changes least: minimizes e^T H e over integers q, with e = w - q s and H the second moments of the inputs, which is the mean squared change of the
/// output. With H = R^T R that is |R e|^2, and rounding from the last weight to the first, each making up for the errors of those before it, is Babai's nearest plane (Babai 1986);
/// GPTQ (Frantar et al. 2022, algorithm 1) is the same in the opposite order, without the inverse of H. Single weights are then moved as long as that helps, so
/// the result is never worse than rounding to nearest.
/// </summary>
internal sealed class LeastSquaresRounding
{
    /// <summary>GPTQ's: this share of the mean diagonal is added to the diagonal, so that H can be factored and no weight moves for nothing.</summary>
    private const double Damping = 0.01;

    private readonly int _size;
    private readonly int _sweeps;
    private readonly double[] _moments;
    private readonly double[] _factor;

    /// <param name="moments">H, symmetric and positive semidefinite, row by row; kept and changed.</param>
    /// <param name="size">Number of rows.</param>
    /// <param name="sweeps">How often all weights of a channel are moved at most.</param>
    public LeastSquaresRounding(double[] moments, int size, int sweeps = 8)
    {
        (_size, _moments, _sweeps) = (size, moments, sweeps);
        var damping = Enumerable.Range(0, size).Sum(i => moments[(i * size) + i]) / size * Damping;
        for (var i = 0; i < size; i++)
            moments[(i * size) + i] += damping > 0 ? damping : 1;
        _factor = Factor(moments, size);
    }

    /// <summary>The integers for one output channel.</summary>
    /// <param name="weights">w.</param>
    /// <param name="scale">s.</param>
    /// <param name="low">The smallest integer, where 0 stands for 0.</param>
    /// <param name="high">The largest one.</param>
    public int[] Round(ReadOnlySpan<double> weights, double scale, int low, int high)
    {
        var nearest = new int[_size];
        for (var i = 0; i < _size; i++)
            nearest[i] = Nearest(weights[i], scale, low, high);
        var planes = NearestPlane(weights, scale, low, high);
        var best = Error(weights, planes, scale) < Error(weights, nearest, scale) ? planes : nearest;
        Improve(weights, best, scale, low, high);
        return best;
    }

    /// <summary>e^T H e.</summary>
    public double Error(ReadOnlySpan<double> weights, ReadOnlySpan<int> integers, double scale)
    {
        var errors = Errors(weights, integers, scale);
        return TensorPrimitives.Dot(errors, Gradient(errors));
    }

    /// <summary>From the last weight to the first, each with the errors of those behind it.</summary>
    private int[] NearestPlane(ReadOnlySpan<double> weights, double scale, int low, int high)
    {
        var (integers, errors) = (new int[_size], new double[_size]);
        for (var j = _size - 1; j >= 0; j--)
        {
            var row = _factor.AsSpan(j * _size, _size);
            var carried = j + 1 < _size ? TensorPrimitives.Dot<double>(row[(j + 1)..], errors.AsSpan(j + 1)) / row[j] : 0;
            integers[j] = Nearest(weights[j] + carried, scale, low, high);
            errors[j] = weights[j] - (integers[j] * scale);
        }
        return integers;
    }

    /// <summary>Moves one integer at a time to where the error is least, all others being fixed.</summary>
    private void Improve(ReadOnlySpan<double> weights, int[] integers, double scale, int low, int high)
    {
        var gradient = Gradient(Errors(weights, integers, scale));
        var moved = true;
        for (var sweep = 0; moved && sweep < _sweeps; sweep++)
        {
            moved = false;
            for (var j = 0; j < _size; j++)
            {
                var target = Math.Clamp(integers[j] + Math.Round(gradient[j] / (scale * _moments[(j * _size) + j]), MidpointRounding.ToEven), low, high);
                var step = (int)target - integers[j];
                // The change of the error; rounding must not let two states alternate for ever.
                if (step == 0 || (step * scale * ((step * scale * _moments[(j * _size) + j]) - (2 * gradient[j]))) >= 0)
                    continue;
                integers[j] += step;
                TensorPrimitives.MultiplyAdd<double>(_moments.AsSpan(j * _size, _size), -step * scale, gradient, gradient);
                moved = true;
            }
        }
    }

    private static double[] Errors(ReadOnlySpan<double> weights, ReadOnlySpan<int> integers, double scale)
    {
        var errors = new double[weights.Length];
        for (var i = 0; i < errors.Length; i++)
            errors[i] = weights[i] - (integers[i] * scale);
        return errors;
    }

    private double[] Gradient(double[] errors)
    {
        var gradient = new double[_size];
        for (var i = 0; i < _size; i++)
            gradient[i] = TensorPrimitives.Dot<double>(_moments.AsSpan(i * _size, _size), errors);
        return gradient;
    }

    private static int Nearest(double weight, double scale, int low, int high) => (int)Math.Clamp(Math.Round(weight / scale, MidpointRounding.ToEven), low, high);

    /// <summary>The upper triangular R with R^T R = H (Cholesky, row by row).</summary>
    private static double[] Factor(double[] moments, int size)
    {
        var factor = (double[])moments.Clone();
        for (var k = 0; k < size; k++)
        {
            var row = factor.AsSpan(k * size, size);
            // The damping keeps the pivots positive but for rounding.
            var pivot = Math.Sqrt(Math.Max(row[k], moments[(k * size) + k] * 1e-9));
            TensorPrimitives.Divide(row[k..], pivot, row[k..]);
            row[k] = pivot;
            for (var j = k + 1; j < size; j++)
                TensorPrimitives.MultiplyAdd<double>(row[j..], -row[j], factor.AsSpan((j * size) + j, size - j), factor.AsSpan((j * size) + j, size - j));
        }
        return factor;
    }
}
