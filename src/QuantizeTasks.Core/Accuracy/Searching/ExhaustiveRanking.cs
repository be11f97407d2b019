using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// POT's node importance: every candidate on every sample of the ranking subset. The score is the value of the metric, not a difference or a
/// local error: only it sees how errors add up in the network.
/// </summary>
internal sealed class ExhaustiveRanking(IConfigurationEvaluator evaluator) : IGroupRanking
{
    public Workload Plan(int candidates, int samples) => new(candidates, (long)candidates * samples);

    /// <summary>Equal scores go by name, descending, as POT does.</summary>
    public IReadOnlyList<RankedGroup> Rank(RankingQuestion question, IReadOnlyList<QuantizerGroup> candidates, CancellationToken cancellation) =>
        [.. question.Ask(evaluator, candidates, question.Hardest.Length, cancellation).OrderByDescending(r => r.Score).ThenByDescending(r => r.Group.Name, StringComparer.Ordinal)];
}
