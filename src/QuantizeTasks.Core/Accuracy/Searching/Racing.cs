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

    /// <summary>Groups by how far they came, then by what they gave back for the time they cost.</summary>
    public IReadOnlyList<RankedGroup> Rank(RankingQuestion question, IReadOnlyList<QuantizerGroup> candidates, CancellationToken cancellation)
    {
        var places = new List<RankedGroup>();
        var total = question.Hardest.Length;
        for (var samples = Start(total); candidates.Count > 0; samples = Math.Min(total, samples * Factor))
        {
            var ranked = InOrder(question.Ask(evaluator, candidates, samples, cancellation));
            var survivors = samples >= total || ranked.Length <= 2 ? 0 : (ranked.Length + Factor - 1) / Factor;
            places.InsertRange(0, ranked[survivors..]);
            candidates = [.. ranked[..survivors].Select(r => r.Group)];
        }
        return places;
    }

    /// <summary>With little data fewer samples have to do.</summary>
    private static int Start(int total) => Math.Clamp(total / 12, Math.Min(2, total), FewSamples);

    private ImmutableArray<RankedGroup> InOrder(IEnumerable<RankedGroup> ranked) =>
        [.. ranked.OrderByDescending(r => double.IsNaN(r.Regained) ? 0 : speed.Worth(r)).ThenByDescending(r => r.Score).ThenByDescending(r => r.Group.Name, StringComparer.Ordinal)];
}
