namespace QuantizeTasks.Data;

/// <summary>
/// Changes the rate of a signal by a polyphase filter (Crochiere and Rabiner 1983, section 2.3): a sinc that cuts off at the lower rate's half, under a Kaiser window with beta 5 that reaches ten periods of it to each side,
/// scaled to keep a constant; zeros beyond both ends. These are the defaults of scipy's <c>resample_poly</c>.
/// </summary>
internal sealed class Resampler
{
    private const int Periods = 10;
    private const double Beta = 5;

    /// <summary>The larger part of the ratio in lowest terms; that of 44100 to 48000 Hz is 160.</summary>
    private const int LargestPart = 1 << 16;

    /// <summary>As long as a manifest's <c>length</c> may be.</summary>
    private const int LongestResult = 1 << 28;

    private readonly int _up;
    private readonly int _down;
    private readonly int _half;
    private readonly double[] _filter;

    /// <param name="from">Values a second that come in.</param>
    /// <param name="to">Values a second that go out.</param>
    /// <exception cref="InvalidDataException">The ratio is none of small whole numbers.</exception>
    public Resampler(int from, int to)
    {
        var divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(from, to);
        (_up, _down) = (to / divisor, from / divisor);
        var most = Math.Max(_up, _down);
        if (most > LargestPart)
            throw new InvalidDataException($"{from} Hz cannot be resampled to {to} Hz: their ratio, {_up} to {_down}, is not one of small numbers");
        _half = Periods * most;
        _filter = new double[(2 * _half) + 1];
        var sum = 0.0;
        for (var i = 0; i < _filter.Length; i++)
        {
            var (t, edge) = ((i - _half) / (double)most, (i - _half) / (double)_half);
            sum += _filter[i] = (t == 0 ? 1 : Math.Sin(Math.PI * t) / (Math.PI * t)) * Bessel(Beta * Math.Sqrt(Math.Max(0, 1 - (edge * edge))));
        }
        for (var i = 0; i < _filter.Length; i++)
            _filter[i] *= _up / sum;
    }

    /// <summary>The signal at the other rate.</summary>
    /// <param name="signal">The values.</param>
    /// <param name="most">How many are wanted at most.</param>
    /// <exception cref="InvalidDataException">There would be too many.</exception>
    public float[] Apply(ReadOnlySpan<float> signal, int most)
    {
        var length = Math.Min(most, (((long)signal.Length * _up) + _down - 1) / _down);
        if (length > LongestResult)
            throw new InvalidDataException($"it has {length} values at the other rate, which is more than {LongestResult}");
        var result = new float[length];
        for (var m = 0; m < result.Length; m++)
        {
            // The tap of value k is filter[m down + half - k up].
            var centre = ((long)m * _down) + _half;
            var first = (int)Math.Max(0, (centre - _filter.Length + _up) / _up);
            var last = (int)Math.Min(signal.Length - 1, centre / _up);
            var sum = 0.0;
            for (var k = first; k <= last; k++)
                sum += _filter[centre - ((long)k * _up)] * signal[k];
            result[m] = (float)sum;
        }
        return result;
    }

    /// <summary>The modified Bessel function of the first kind and order 0, by its series.</summary>
    private static double Bessel(double x)
    {
        var (sum, term) = (1.0, 1.0);
        for (var k = 1; term > sum * 1e-17; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }
}
