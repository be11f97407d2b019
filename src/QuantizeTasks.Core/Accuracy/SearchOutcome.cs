using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>Why a search ended.</summary>
internal enum SearchEnd
{
    /// <summary>A configuration is within budget.</summary>
    WithinBudget,

    /// <summary><c>max_iter_num</c> configurations were judged.</summary>
    IterationsUsed,

    /// <summary>There is no group left whose reverting was not tried.</summary>
    GroupsExhausted,
}

/// <summary>One configuration that a search judged.</summary>
/// <param name="Index">0 is where the search started.</param>
/// <param name="Group">The group that was reverted; null at the start.</param>
/// <param name="Judgement">The verdict on the whole validation set.</param>
/// <param name="Kept">False when the step was taken back.</param>
internal sealed record SearchStep(int Index, QuantizerGroup? Group, Judgement Judgement, bool Kept)
{
    /// <summary>True when the group was offered back to int8 instead of reverted.</summary>
    public bool IsBackToInt8 { get; init; }
}

/// <summary>A group's place when it was last ranked.</summary>
/// <param name="Rank">1 is the most harmful.</param>
/// <param name="Score">The metric with the group reverted; larger is better.</param>
internal sealed record GroupRank(int Rank, double Score);

/// <summary>What a search found.</summary>
/// <param name="Best">The best configuration of all that were judged, whichever came last.</param>
/// <param name="End">Why it ended.</param>
/// <param name="Steps">Everything judged, in order, the start included.</param>
/// <param name="Ranks">By group id.</param>
internal sealed record SearchOutcome(Judgement Best, SearchEnd End, ImmutableArray<SearchStep> Steps, ImmutableSortedDictionary<int, GroupRank> Ranks)
{
    /// <summary>How many configurations were judged after the start with one more group in float: what <c>max_iter_num</c> bounds.</summary>
    public int Iterations => Steps.Count(s => s.Group is not null && !s.IsBackToInt8);
}

/// <summary>Follows a search while it runs.</summary>
internal interface ISearchObserver
{
    /// <summary>Candidates are about to be ranked.</summary>
    void RankingStarts(IMetric metric, int candidates, int samples);

    /// <summary>They are.</summary>
    void RankingEnds();

    /// <summary>The budget is met, and groups are about to be offered back to int8.</summary>
    void TrimmingStarts(int groups);

    /// <summary>A configuration was judged.</summary>
    void Judged(SearchStep step);
}
