using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>Why a search ended.</summary>
internal enum SearchEnd
{
    /// <summary>A configuration is within budget.</summary>
    WithinBudget,

    /// <summary><c>max_iter_num</c> configurations were judged.</summary>
    IterationsUsed,

    /// <summary>There is no group left whose reverting was not tried.</summary>
    GroupsExhausted,

    /// <summary><c>time_limit</c> was over before a configuration was within budget.</summary>
    TimeUsed,
}

/// <summary>What a step changed.</summary>
internal enum StepKind
{
    /// <summary>Nothing: where the search started.</summary>
    Start,

    /// <summary>Groups went to float.</summary>
    ToFloat,

    /// <summary>Groups that were in float were offered back to int8.</summary>
    BackToInt8,

    /// <summary>A group that was in float was offered a rung between int8 and float.</summary>
    ToRung,
}

/// <summary>One configuration that a search judged.</summary>
/// <param name="Index">0 is where the search started.</param>
/// <param name="Kind">What was changed.</param>
/// <param name="Groups">The groups that were changed since the last configuration that was kept.</param>
/// <param name="Judgement">The verdict on the whole validation set.</param>
/// <param name="Kept">False when the step was taken back.</param>
/// <param name="Rung">What the group was put on.</param>
internal sealed record SearchStep(int Index, StepKind Kind, ImmutableArray<QuantizerGroup> Groups, Judgement Judgement, bool Kept, Rung? Rung = null);

/// <summary>A group's place when it was last ranked.</summary>
/// <param name="Rank">1 is the most harmful.</param>
/// <param name="Score">The metric with the group reverted, negated where lower is better; larger is better.</param>
/// <param name="Samples">On how many samples.</param>
/// <param name="Regained">The share of what quantization lost on these samples that reverting the group gave back; NaN when nothing was lost on them.</param>
internal sealed record GroupRank(int Rank, double Score, int Samples, double Regained);

/// <summary>What a search found.</summary>
/// <param name="Best">The best configuration of all that were judged, whichever came last.</param>
/// <param name="End">Why it ended.</param>
/// <param name="Steps">Everything judged, in order, the start included.</param>
/// <param name="Ranks">By group id.</param>
internal sealed record SearchOutcome(Judgement Best, SearchEnd End, ImmutableArray<SearchStep> Steps, ImmutableSortedDictionary<int, GroupRank> Ranks)
{
    /// <summary>How many configurations were judged after the start with more groups in float: what <c>max_iter_num</c> bounds.</summary>
    public int Iterations => Steps.Count(s => s.Kind == StepKind.ToFloat);
}
