using System.Collections.Immutable;

namespace QuantizeTasks.Reporting;

/// <summary>What a search did, and what it can say about the model.</summary>
public sealed record SearchRecord
{
    /// <summary><c>fast</c> or <c>greedy</c>.</summary>
    public required string Strategy { get; init; }

    /// <summary>Why it ended: <c>withinBudget</c>, <c>iterationsUsed</c>, <c>groupsExhausted</c> or <c>timeUsed</c>.</summary>
    public required string End { get; init; }

    public required SearchEffortRecord Effort { get; init; }

    /// <summary>The groups of the answer that are not plain int8.</summary>
    public ImmutableArray<ChangedGroupRecord> Changed { get; init; } = [];

    /// <summary>Every group that was ranked, the most harmful first, as it was ranked last.</summary>
    public ImmutableArray<RankingRecord> Ranking { get; init; } = [];

    /// <summary>The configurations of which no other was both more accurate and predicted to be faster, the fastest first.</summary>
    public ImmutableArray<FrontierRecord> Frontier { get; init; } = [];

    /// <summary>When the budget was missed: what is most likely to help, the most promising first.</summary>
    public ImmutableArray<string> NextSteps { get; init; } = [];
}

/// <summary>What a search took beyond evaluating the float and the int8 model.</summary>
/// <param name="Sessions">Sessions it built.</param>
/// <param name="Samples">Samples it ran through a model.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="EstimatedSeconds">How long it was expected to take when the first few percent were done; null when it was too short to say.</param>
/// <param name="ExhaustiveSessions">The least number of sessions that POT's loop needs for an answer of as many groups: one for each group that is ranked, and one for each step.</param>
/// <param name="ExhaustiveSamples">Likewise of samples: every group on the ranking subset, and every step on all samples; more when it ranks anew.</param>
public sealed record SearchEffortRecord(int Sessions, long Samples, double Seconds, double? EstimatedSeconds, int ExhaustiveSessions, long ExhaustiveSamples);

/// <summary>A group that the answer does not have in plain int8.</summary>
/// <param name="Group">Its name.</param>
/// <param name="Layers">Its layers.</param>
/// <param name="State"><c>float</c>, or the rung between int8 and float.</param>
/// <param name="Bought">By how much the drop of the metric that was worst would be larger with the group in int8 and all else as it is; null when nothing says so.</param>
/// <param name="IsAtLeast">True when <paramref name="Bought"/> is a lower bound, because the evaluation without the group was stopped when it was hopeless.</param>
/// <param name="SamplesBetter">Samples that are better for it; null when not all were run.</param>
/// <param name="SamplesWorse">Samples that are worse for it; null when not all were run.</param>
/// <param name="Why">What int8 is bad at there.</param>
public sealed record ChangedGroupRecord(
    string Group, ImmutableArray<string> Layers, string State, double? Bought, bool IsAtLeast, int? SamplesBetter, int? SamplesWorse, string Why);

/// <summary>A group's place in the last ranking that it was part of.</summary>
/// <param name="Rank">1 is the most harmful.</param>
/// <param name="Group">Its name.</param>
/// <param name="Layers">Its layers.</param>
/// <param name="Score">The metric with the group in float, negated where lower is better.</param>
/// <param name="Samples">On how many of the hardest samples.</param>
/// <param name="Regained">The share of what int8 lost on these samples that it gave back; null when nothing was lost on them.</param>
/// <param name="SpeedShare">The predicted share of what int8 saves that is lost with the group in float.</param>
/// <param name="State">What became of it: <c>int8</c>, <c>float</c> or a rung.</param>
public sealed record RankingRecord(int Rank, string Group, ImmutableArray<string> Layers, double Score, int Samples, double? Regained, double SpeedShare, string State);

/// <summary>A configuration that is best for its speed.</summary>
/// <param name="Step">Which judged configuration.</param>
/// <param name="LayersInFloat">How many layers it has in float.</param>
/// <param name="Drops">Drop per metric.</param>
/// <param name="SpeedKept">The predicted share of what int8 saves that it keeps.</param>
public sealed record FrontierRecord(int Step, int LayersInFloat, ImmutableArray<double> Drops, double SpeedKept);
