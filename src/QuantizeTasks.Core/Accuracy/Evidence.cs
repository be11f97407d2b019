using QuantizeTasks.Metrics;

namespace QuantizeTasks.Accuracy;

/// <summary>What a sample of the data can say about the drop on all data like it.</summary>
/// <param name="Drop">The drop that was measured, in the metric's units, positive when int8 is worse.</param>
/// <param name="StandardError">Of the drop, paired: only samples on which the two models differ make it.</param>
/// <param name="Low">The true drop is below this with probability (1 - confidence).</param>
/// <param name="High">The true drop is above this with probability (1 - confidence).</param>
internal sealed record Evidence(double Drop, double StandardError, double Low, double High)
{
    /// <summary>Fewer groups say too little about how results vary; more cost time and say hardly more.</summary>
    private const int MostGroups = 500;

    /// <summary>
    /// Of two models evaluated on the same samples. For a metric of hits and misses, Tango's score interval for the difference of paired proportions (Tango, Statistics in Medicine 17, 1998), which keeps
    /// its promise for small numbers of differing samples too; for any other metric the jackknife over groups of samples (Tukey 1958; Efron and Tibshirani 1993, chapter 11), or, where that says less against
    /// the model, the bound on <see cref="RareDifferences"/>.
    /// </summary>
    /// <param name="baseline">The float model's contributions.</param>
    /// <param name="evaluated">The other model's, on the same samples.</param>
    /// <param name="confidence">One-sided, in (0.5, 1).</param>
    public static Evidence Of(MetricEvaluation baseline, MetricEvaluation evaluated, double confidence) => evaluated.Metric switch
    {
        RankedMetric => Of(baseline.ForVerdict, evaluated.ForVerdict, confidence),
        // Only its own samples say anything of a part.
        PartMetric part => OfWhole(new(part.Metric, [.. PartMetric.Inside(baseline.Contributions)]), new(part.Metric, [.. PartMetric.Inside(evaluated.Contributions)]), confidence),
        WorstPartMetric worst => WorstPartMetric.Parts(evaluated.Contributions)
            .Select(part => OfWhole(new(worst.Metric, [.. part.Before]), new(worst.Metric, [.. part.Now]), confidence)).Aggregate(LeastSure),
        _ => OfWhole(baseline, evaluated, confidence),
    };

    private static Evidence OfWhole(MetricEvaluation baseline, MetricEvaluation evaluated, double confidence)
    {
        var quantile = Normal.Quantile(confidence);
        var metric = evaluated.Metric;
        var (before, now) = (baseline.Contributions, evaluated.Contributions);
        var samples = before.Length;
        if (IsHitOrMiss(baseline) && IsHitOrMiss(evaluated))
        {
            // Lost: the float model hits and int8 does not. Only these and the reverse carry information (McNemar 1947).
            var lost = before.Zip(now).Count(p => metric.HigherIsBetter ? p.First[0] > p.Second[0] : p.First[0] < p.Second[0]);
            var won = before.Zip(now).Count(p => p.First[0] != p.Second[0]) - lost;
            var drop = (double)(lost - won) / samples;
            var error = Math.Sqrt(((lost + won) / (double)samples) - (drop * drop)) / Math.Sqrt(samples);
            return new(drop, error, -PairedProportions.Upper(won, lost, samples, quantile), PairedProportions.Upper(lost, won, samples, quantile));
        }
        var known = Jackknife(metric, before, now, quantile);
        var differing = RareDifferences.Count(before, now);
        return differing < RareDifferences.Few ? known.Widened(RareDifferences.Of(metric, before, now, differing, confidence), differing, confidence) : known;
    }

    /// <summary>
    /// What can be said of the worst of several parts: that all are below the highest of their bounds, with the confidence of each, because an intersection-union test keeps the level of the
    /// tests it is made of (Berger, Technometrics 24, 1982).
    /// </summary>
    private static Evidence LeastSure(Evidence a, Evidence b) =>
        (b.High > a.High ? b : a) with { Drop = Math.Max(a.Drop, b.Drop), Low = Math.Max(a.Low, b.Low) };

    /// <summary>The same in other units.</summary>
    /// <param name="unit">What a difference of 1 in the metric is in them.</param>
    public Evidence In(double unit) => new(Drop * unit, StandardError * unit, Low * unit, High * unit) { Unseen = Unseen is { } unseen ? unseen with { Unit = unseen.Unit * unit } : null };

    /// <summary>Of a model that is the float model itself, byte for byte: nothing is lost on any data.</summary>
    public static Evidence OfTheSameModel { get; } = new(0, 0, 0, 0);

    /// <summary>The same of a drop that is larger by what is certain, in the same units.</summary>
    public Evidence RaisedBy(double certain) => this with { Drop = Drop + certain, Low = Low + certain, High = High + certain };

    /// <summary>How many samples like these would show a drop of this size to be within the bound; null when it is not below it, or when it is not even known how results vary.</summary>
    public long? SamplesNeeded(double bound, int samples) => !(Drop < bound && High > Drop) ? null
        : Unseen is { } unseen ? unseen.Rare.SamplesFor((bound - Drop) / unseen.Unit, unseen.Confidence)
        : double.IsFinite(High) ? (long)Math.Ceiling(samples * Math.Pow((High - Drop) / (bound - Drop), 2)) : null;

    /// <summary>Where no sample differs, what says how many must not: the bound shrinks with their number and not with its root.</summary>
    private (RareDifferences Rare, double Confidence, double Unit)? Unseen { get; init; }

    /// <summary>The same with what so few differing samples may hide.</summary>
    private Evidence Widened(RareDifferences rare, int differing, double confidence) => this with
    {
        Low = Math.Min(Low, Drop - rare.Loss),
        High = Math.Max(High, Drop + rare.Loss),
        Unseen = differing == 0 ? (rare, confidence, 1) : null,
    };

    private static bool IsHitOrMiss(MetricEvaluation evaluation) =>
        evaluation.Contributions.All(c => c is [0 or 1]) && evaluation.Metric.Aggregate([[0], [1], [1], [1]]) == 0.75;

    private static Evidence Jackknife(IMetric metric, IReadOnlyList<double[]> before, IReadOnlyList<double[]> now, double quantile)
    {
        double Drop(IReadOnlyList<double[]> b, IReadOnlyList<double[]> n) => metric.HigherIsBetter ? metric.Aggregate(b) - metric.Aggregate(n) : metric.Aggregate(n) - metric.Aggregate(b);
        var drop = Drop(before, now);
        var groups = Math.Min(before.Count, MostGroups);
        // One group: nothing is known of how results vary.
        if (groups < 2)
            return new(drop, double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity);
        var without = new double[groups];
        for (var g = 0; g < groups; g++)
            without[g] = Drop([.. before.Where((_, i) => i % groups != g)], [.. now.Where((_, i) => i % groups != g)]);
        var mean = without.Average();
        var error = Math.Sqrt(without.Sum(w => (w - mean) * (w - mean)) * (groups - 1) / groups);
        // Few groups estimate the error itself badly, which Student's distribution makes up for.
        var factor = StudentFactor(quantile, groups - 1);
        return new(drop, error, drop - (factor * error), drop + (factor * error));
    }

    /// <summary>Student's quantile from the normal one by the expansion of Abramowitz and Stegun 26.7.5; within 1 % from 5 degrees of freedom on, and never too small below by more than that.</summary>
    private static double StudentFactor(double z, int degrees)
    {
        double n = degrees, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
        return z + ((z3 + z) / (4 * n)) + (((5 * z5) + (16 * z3) + (3 * z)) / (96 * n * n)) + (((3 * z7) + (19 * z5) + (17 * z3) - (15 * z)) / (384 * n * n * n));
    }
}
