namespace QuantizeTasks.Accuracy;

/// <summary>
/// Tango's score interval for the difference of two proportions on the same samples (T. Tango, Equivalence test and confidence interval for the difference in proportions for the
/// paired-sample design, Statistics in Medicine 17, 1998, 891-908): the differences that a score test does not reject.
/// </summary>
internal static class PairedProportions
{
    /// <summary>The upper end: the largest difference (lost - won) / samples in the whole population that these counts do not contradict.</summary>
    /// <param name="lost">Samples that only the first model gets right.</param>
    /// <param name="won">Samples that only the second one does.</param>
    /// <param name="samples">All samples; at least 1.</param>
    /// <param name="quantile">Of the normal distribution at the one-sided confidence.</param>
    public static double Upper(int lost, int won, int samples, double quantile)
    {
        var (low, high) = ((double)(lost - won) / samples, 1.0);
        if (Score(lost, won, samples, high) > -quantile)
            return 1;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (Score(lost, won, samples, middle) > -quantile)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    /// <summary>Equation 2 of the paper, with the estimate of the second discordant proportion under the hypothesis (equation 3).</summary>
    private static double Score(double lost, double won, double n, double difference)
    {
        var a = 2 * n;
        var b = -lost - won + ((2 * n - lost + won) * difference);
        var c = -won * difference * (1 - difference);
        var q = (Math.Sqrt(Math.Max(0, (b * b) - (4 * a * c))) - b) / (2 * a);
        var variance = n * ((2 * q) + (difference * (1 - difference)));
        var excess = lost - won - (n * difference);
        return variance > 0 ? excess / Math.Sqrt(variance) : excess < 0 ? double.NegativeInfinity : 0;
    }
}
