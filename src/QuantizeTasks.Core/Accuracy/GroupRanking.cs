using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>A group and the metric with it reverted, negated where lower is better: the larger, the more its quantization costs.</summary>
internal sealed record RankedGroup(QuantizerGroup Group, double Score);

/// <summary>
/// Orders groups by what reverting each alone gives back (POT's node importance). The score is the value of the metric, not a difference or a
/// local error: only it sees how errors add up in the network.
/// </summary>
internal static class GroupRanking
{
    /// <summary>Ranks candidates on some samples, the most promising first; equal scores by name, descending, as POT does.</summary>
    public static ImmutableArray<RankedGroup> Rank(
        IConfigurationEvaluator evaluator, Configuration current, IReadOnlyList<QuantizerGroup> candidates, int metric, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        var evaluations = evaluator.EvaluateEach([.. candidates.Select(g => current.Revert(g.Id))], samples, cancellation);
        return
        [
            .. candidates.Select((group, i) => new RankedGroup(group, Score(group, evaluations[i], metric)))
                .OrderByDescending(r => r.Score).ThenByDescending(r => r.Group.Name, StringComparer.Ordinal),
        ];
    }

    private static double Score(QuantizerGroup group, Evaluation evaluation, int metric)
    {
        var value = FiniteMetric.Of(evaluation, metric, $"the int8 model with '{group.Name}' in float");
        return evaluation.Metrics[metric].Metric.HigherIsBetter ? value : -value;
    }
}
