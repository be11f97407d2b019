using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>A group and what reverting it gives.</summary>
/// <param name="Group">The group.</param>
/// <param name="Score">The metric with the group reverted, negated where lower is better: the larger, the more its quantization costs.</param>
/// <param name="Samples">On how many samples.</param>
/// <param name="Regained">The share of what the current configuration lost on these samples against the float model that reverting gives back; NaN when it lost nothing on them.</param>
internal sealed record RankedGroup(QuantizerGroup Group, double Score, int Samples, double Regained);

/// <summary>Orders groups by what reverting each gives back.</summary>
internal interface IGroupRanking
{
    /// <summary>What ranking so many candidates on so many samples takes.</summary>
    Workload Plan(int candidates, int samples);

    /// <summary>Ranks candidates, the most promising first.</summary>
    /// <param name="question">On what, and by which metric.</param>
    /// <param name="candidates">Groups that are not in float yet.</param>
    /// <param name="cancellation">Ends it.</param>
    IReadOnlyList<RankedGroup> Rank(RankingQuestion question, IReadOnlyList<QuantizerGroup> candidates, CancellationToken cancellation);
}
