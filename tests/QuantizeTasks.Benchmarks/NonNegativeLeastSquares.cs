namespace QuantizeTasks.Benchmarks;

/// <summary>Minimizes |A x - b| over x of at least 0, one unknown after the other (Franc, Hlavac, Navara 2005). For a handful of unknowns.</summary>
internal static class NonNegativeLeastSquares
{
    private const int Sweeps = 20_000;
    private const double Small = 1e-12;

    /// <param name="rows">A, row by row.</param>
    /// <param name="targets">b.</param>
    public static double[] Solve(IReadOnlyList<double[]> rows, IReadOnlyList<double> targets)
    {
        var n = rows[0].Length;
        // Amounts differ by orders of magnitude (a start is 1, products are millions): each column is brought to length 1.
        var lengths = Enumerable.Range(0, n).Select(j => Math.Sqrt(rows.Sum(r => r[j] * r[j]))).ToArray();
        var normal = new double[n, n];
        var gradient = new double[n];
        for (var j = 0; j < n; j++)
        {
            for (var k = 0; k < n; k++)
                normal[j, k] = lengths[j] > 0 && lengths[k] > 0 ? rows.Sum(r => r[j] * r[k]) / (lengths[j] * lengths[k]) : 0;
            gradient[j] = lengths[j] > 0 ? -rows.Zip(targets, (r, b) => r[j] * b).Sum() / lengths[j] : 0;
        }
        var x = new double[n];
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var moved = 0.0;
            for (var j = 0; j < n; j++)
            {
                if (normal[j, j] == 0)
                    continue;
                var step = Math.Max(0, x[j] - (gradient[j] / normal[j, j])) - x[j];
                x[j] += step;
                for (var k = 0; k < n; k++)
                    gradient[k] += step * normal[k, j];
                moved = Math.Max(moved, Math.Abs(step));
            }
            if (moved < Small)
                break;
        }
        return [.. x.Select((value, j) => lengths[j] > 0 ? value / lengths[j] : 0)];
    }
}
