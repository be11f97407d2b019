using System.Collections.Immutable;
using QuantizeTasks.Inference;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Comparison;

/// <summary>How fast two models are, measured in turn.</summary>
public sealed record LatencyReport
{
    public required ModelLatency First { get; init; }

    public required ModelLatency Second { get; init; }

    /// <summary>How long the second takes as a share of the first.</summary>
    public required RatioEstimate Ratio { get; init; }

    /// <summary>Rounds, in each of which both have a turn of some runs.</summary>
    public required int Rounds { get; init; }

    /// <summary>Threads of each session.</summary>
    public required int Threads { get; init; }

    /// <summary>Which sample they ran on: its name, or that it is made up.</summary>
    public required string Sample { get; init; }

    public required RuntimeRecord Runtime { get; init; }
}

/// <summary>How long a model takes, in milliseconds a run.</summary>
/// <param name="Path">The model's.</param>
/// <param name="Bytes">Size of its files.</param>
/// <param name="Median">Half of the rounds were faster.</param>
/// <param name="Fastest">The fastest round.</param>
/// <param name="P10">One in ten rounds was faster.</param>
/// <param name="P90">One in ten rounds was slower.</param>
public sealed record ModelLatency(string Path, long Bytes, double Median, double Fastest, double P10, double P90)
{
    internal static ModelLatency Of(string path, long bytes, IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        return new(path, bytes, LatencyComparison.Median(sorted), sorted[0], At(0.1), At(0.9));

        // Nearest rank.
        double At(double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}

/// <summary>A ratio of two durations, with what the noise leaves open.</summary>
/// <param name="Value">Second by first; below 1 when the second is faster.</param>
/// <param name="Low">The lower end of the interval; null when there were too few rounds for one.</param>
/// <param name="High">The upper end.</param>
/// <param name="Confidence">How sure it is that the ratio lies in the interval, at least.</param>
public sealed record RatioEstimate(double Value, double? Low, double? High, double Confidence)
{
    private const double Wanted = 0.95;

    /// <summary>Enough for a narrow interval, and few enough that what disturbs neighbouring rounds alike stays within one.</summary>
    private const int MostBlocks = 30;

    /// <summary>
    /// Rounds that follow each other are disturbed by the same things, so they do not count one by one: consecutive ones are put together into blocks, each of which gives one ratio of medians
    /// (batching as for means; Law, Simulation Modeling and Analysis, section 9.5.3). The interval for the median of these goes from one of them to another by rank, which holds whatever
    /// their distribution (David and Nagaraja, Order Statistics, section 7.1).
    /// </summary>
    internal static RatioEstimate Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var blocks = Math.Min(MostBlocks, first.Count);
        double[] ratios = [.. Enumerable.Range(0, blocks).Select(Ratio).Order()];
        var (rank, confidence) = Rank(blocks);
        return rank == 0 ? new(LatencyComparison.Median(ratios), null, null, 0) : new(LatencyComparison.Median(ratios), ratios[rank - 1], ratios[blocks - rank], confidence);

        double Ratio(int block)
        {
            var (from, to) = (block * first.Count / blocks, (block + 1) * first.Count / blocks);
            return LatencyComparison.Median(second.Skip(from).Take(to - from)) / LatencyComparison.Median(first.Skip(from).Take(to - from));
        }
    }

    /// <summary>The largest rank from either end such that the median lies between with at least the wanted confidence, and that confidence; 0 when even all values are too few.</summary>
    internal static (int Rank, double Confidence) Rank(int count)
    {
        // The number of values below the median is binomial with 1/2.
        var (rank, outside, term) = (0, 0.0, Math.Pow(0.5, count));
        while (rank < count / 2 && 1 - (2 * (outside + term)) >= Wanted)
        {
            outside += term;
            term *= (double)(count - rank) / (rank + 1);
            rank++;
        }
        return (rank, rank == 0 ? 0 : 1 - (2 * outside));
    }
}
