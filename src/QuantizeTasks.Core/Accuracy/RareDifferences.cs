using QuantizeTasks.Metrics;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// What samples say of a drop when two models differ on few of them, or on none: how results vary cannot be estimated from differences that were hardly seen, but how often they occur can be bounded. The share of samples
/// that differ is below Clopper and Pearson's bound (Biometrika 26, 1934; of none it is about 3 / n with 95 %, the rule of three: Hanley and Lippman-Hand, JAMA 249, 1983); and of those that these samples
/// happened not to show every one may be wrong altogether.
/// </summary>
/// <param name="Share">Of all samples, how many more may differ than were seen to, with the confidence.</param>
/// <param name="Loss">What the metric loses at most if so many more are wrong, positive.</param>
internal readonly record struct RareDifferences(double Share, double Loss)
{
    /// <summary>From so many differing samples on their spread is taken from themselves; fewer make an estimate that is too low far too often, above all when they are all losses.</summary>
    public const int Few = 30;

    /// <summary>A metric is computed anew for each sample that is made wrong, so only for so many.</summary>
    private const int MostTried = 500;

    /// <summary>On how many samples two models differ.</summary>
    public static int Count(IReadOnlyList<double[]> before, IReadOnlyList<double[]> now) => before.Zip(now).Count(p => !p.First.AsSpan().SequenceEqual(p.Second));

    /// <param name="metric">The metric.</param>
    /// <param name="before">The float model's contributions.</param>
    /// <param name="now">The other model's.</param>
    /// <param name="differing">On how many they differ.</param>
    /// <param name="confidence">One-sided.</param>
    public static RareDifferences Of(IMetric metric, IReadOnlyList<double[]> before, IReadOnlyList<double[]> now, int differing, double confidence)
    {
        var share = UpperShare(differing, now.Count, confidence) - ((double)differing / now.Count);
        return new(share, IFallibleMetric.Of(metric) is { } fallible ? LossOf(fallible, now, share) : share * Range(metric, before, now));
    }

    /// <summary>How many samples of which none differs keep the loss below this.</summary>
    public long SamplesFor(double loss, double confidence) => (long)Math.Ceiling(Math.Log(1 - confidence) / Math.Log(1 - Math.Min(0.5, loss * Share / Loss)));

    /// <summary>The share at which so few are only just as improbable as (1 - confidence).</summary>
    public static double UpperShare(int differing, int samples, double confidence)
    {
        if (differing == samples)
            return 1;
        if (differing == 0)
            return 1 - Math.Pow(1 - confidence, 1.0 / samples);
        var (low, high) = ((double)differing / samples, 1.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (AtMost(differing, samples, middle) > 1 - confidence)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    /// <summary>The binomial distribution.</summary>
    private static double AtMost(int count, int samples, double share)
    {
        var (term, sum) = (samples * Math.Log(1 - share), 0.0);
        for (var k = 0; k <= count; k++)
        {
            sum += Math.Exp(term);
            term += Math.Log((samples - k) / (k + 1.0)) + Math.Log(share / (1 - share));
        }
        return sum;
    }

    /// <summary>
    /// What is lost when the samples that matter most are wrong. One sample of a class that is rare changes F1 by far more than 1 / n, and two of them by more than twice that, so this is computed and not put down to a range.
    /// </summary>
    private static double LossOf(IFallibleMetric metric, IReadOnlyList<double[]> now, double share)
    {
        var value = metric.Aggregate(now);
        double Loss(IReadOnlyList<double[]> other) => metric.HigherIsBetter ? value - metric.Aggregate(other) : metric.Aggregate(other) - value;
        double[][] contributions = [.. now];
        var alike = Enumerable.Range(0, now.Count).GroupBy(i => now[i], SameNumbers.Comparer).ToArray();
        var step = ((alike.Length - 1) / MostTried) + 1;
        var tried = alike.Where((_, i) => i % step == 0).Select(samples =>
        {
            var first = samples.First();
            contributions[first] = metric.Wrong(now[first], now);
            var loss = Loss(contributions);
            contributions[first] = now[first];
            return (Loss: loss, Samples: samples);
        }).ToArray();
        foreach (var i in tried.OrderByDescending(t => t.Loss).SelectMany(t => t.Samples).Take((int)Math.Ceiling(share * now.Count)))
            contributions[i] = metric.Wrong(now[i], now);
        return Math.Max(0, Loss(contributions));
    }

    /// <summary>
    /// How far the values of single samples lie apart, with 0 and the best one among them: 1 for scores from 0 to 1. A mean without a bound has no bound that holds for any data (Bahadur and Savage, Annals of Mathematical
    /// Statistics 27, 1956); there this says that what was not seen is no worse than the worst that was. 1 when all are 0.
    /// </summary>
    private static double Range(IMetric metric, IReadOnlyList<double[]> before, IReadOnlyList<double[]> now)
    {
        double[] values = [0, metric is IMeanMetric mean ? mean.Best : 0, .. before.Select(c => metric.PerSample(c)), .. now.Select(c => metric.PerSample(c))];
        var range = values.Where(double.IsFinite).Max() - values.Where(double.IsFinite).Min();
        return range == 0 ? 1 : range;
    }

    private sealed class SameNumbers : IEqualityComparer<double[]>
    {
        public static readonly SameNumbers Comparer = new();

        public bool Equals(double[]? x, double[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(double[] numbers)
        {
            var hash = default(HashCode);
            foreach (var number in numbers)
                hash.Add(number);
            return hash.ToHashCode();
        }
    }
}
