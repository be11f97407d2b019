using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// Successive halving (Jamieson and Talwalkar, AISTATS 2016), quartering here: every candidate on the few samples that lost most, the best quarter on four times as many, and so on. Only who leads
/// matters to a search, and the leaders show early: where one group is at fault, it repairs most of the hardest samples at once.
/// </summary>
internal sealed class Racing(IConfigurationEvaluator evaluator, PredictedSpeed speed) : IGroupRanking
{
    private const int Factor = 4;
    private const int FewSamples = 8;

    public Workload Plan(int candidates, int samples)
    {
        var plan = new Workload(candidates, 0);
        for (var (left, before, count) = (candidates, 0, Start(samples)); left > 0; (before, count) = (count, Math.Min(samples, count * Factor)))
        {
            plan += new Workload(0, (long)left * (count - before));
            left = Survivors(left, count, samples);
        }
        return plan;
    }

    /// <summary>Groups by how far they came, then by what they gave back for the time they cost.</summary>
    public IReadOnlyList<RankedGroup> Rank(RankingQuestion question, IReadOnlyList<QuantizerGroup> candidates, CancellationToken cancellation)
    {
        var places = new List<RankedGroup>();
        var total = question.Hardest.Length;
        for (var samples = Start(total); candidates.Count > 0; samples = Math.Min(total, samples * Factor))
        {
            var ranked = InOrder(question.Ask(evaluator, candidates, samples, cancellation));
            var survivors = Survivors(ranked.Length, samples, total);
            places.InsertRange(0, ranked[survivors..]);
            candidates = [.. ranked[..survivors].Select(r => r.Group)];
        }
        return places;
    }

    /// <summary>A quarter; nobody when there is nothing left to tell two apart with, or when a search will ask for the one or two that lead anyway.</summary>
    private static int Survivors(int candidates, int samples, int total) => samples >= total || candidates <= 2 * Factor ? 0 : (candidates + Factor - 1) / Factor;

    /// <summary>With little data fewer samples have to do.</summary>
    private static int Start(int total) => Math.Clamp(total / 12, Math.Min(2, total), FewSamples);

    private ImmutableArray<RankedGroup> InOrder(IEnumerable<RankedGroup> ranked) =>
        [.. ranked.OrderByDescending(r => double.IsNaN(r.Regained) ? 0 : speed.Worth(r)).ThenByDescending(r => r.Score).ThenByDescending(r => r.Group.Name, StringComparer.Ordinal)];
}
