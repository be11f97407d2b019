using System.Collections.Immutable;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>Follows a search while it runs.</summary>
internal interface ISearchObserver
{
    /// <summary>Candidates are about to be ranked.</summary>
    /// <param name="metric">By this metric.</param>
    /// <param name="candidates">So many.</param>
    /// <param name="samples">On at most so many samples each.</param>
    /// <param name="plan">What that takes, and the validation after it.</param>
    void RankingStarts(IMetric metric, int candidates, int samples, Workload plan);

    /// <summary>They are.</summary>
    /// <param name="metric">By this metric.</param>
    /// <param name="ranking">The most promising first.</param>
    void RankingEnds(IMetric metric, ImmutableArray<RankedGroup> ranking);

    /// <summary>The budget is met, and groups are about to be offered back to int8.</summary>
    /// <param name="groups">So many.</param>
    /// <param name="plan">The most that takes.</param>
    void TrimmingStarts(int groups, Workload plan);

    /// <summary>A configuration was judged.</summary>
    void Judged(SearchStep step);
}
