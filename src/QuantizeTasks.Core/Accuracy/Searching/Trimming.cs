using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// Offers what a successful search returned to float back to int8, the least useful first, several at once while that works. The answer should hold no needless float layer:
/// in the end no single group can go back any more. A step stays only if the whole validation set is still within budget.
/// </summary>
internal sealed class Trimming(ImmutableArray<QuantizerGroup> groups, Offers offers, PredictedSpeed speed, SearchLog log)
{
    /// <summary>Nothing that comes later makes up for an offer that was withdrawn wrongly, so a forecast has to be clear.</summary>
    private const double Errors = 2;

    public void Run(CancellationToken cancellation)
    {
        var current = log.Best;
        var open = groups.Where(current.Configuration.IsReverted).Select(g => g.Id).OrderBy(Usefulness).ThenBy(id => id).ToList();
        if (!current.Verdict.WithinBudget || open.Count < 2)
            return;
        log.TrimmingStarts(open.Count, current.Evaluation.Samples.Length);
        for (var size = Math.Max(1, open.Count / 4); open.Count > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            var offer = open.Take(size).ToArray();
            var trial = Judge(offer.Aggregate(current.Configuration, (c, id) => c.Restore(id)), offer, current, cancellation);
            if (trial is { Verdict.WithinBudget: true })
                (current, size) = (trial, size * 2);
            if (trial is { Verdict.WithinBudget: true } || offer.Length == 1)
                open.RemoveRange(0, offer.Length);
            else
                size = offer.Length / 2;
        }
    }

    /// <summary>Null when the configuration is known not to be within budget.</summary>
    private Judgement? Judge(Configuration configuration, int[] offer, Judgement current, CancellationToken cancellation)
    {
        if (log.Steps.Any(s => s.Judgement.Configuration.Equals(configuration) && !s.Judgement.Verdict.WithinBudget))
            return null;
        var trial = offers.Judge(configuration, current, Errors, cancellation);
        log.Record(StepKind.BackToInt8, [.. offer.Order().Select(id => groups[id])], trial, kept: trial.Verdict.WithinBudget);
        return trial;
    }

    /// <summary>What a group gave back for the time it costs when it was ranked last; one that never was ranked was never thought useful.</summary>
    private double Usefulness(int id) =>
        log.RankOf(id) is { } rank ? speed.Worth(new RankedGroup(groups[id], rank.Score, rank.Samples, rank.Regained)) is var worth && double.IsNaN(worth) ? 0 : worth : double.NegativeInfinity;
}
