using System.Collections.Immutable;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Views;

/// <summary>How far a run is: what its events say, put together. Immutable, so that it can be drawn while the next event arrives.</summary>
/// <param name="Began">When the run began.</param>
internal sealed record RunProgress(TimeSpan Began)
{
    /// <summary>The stages that ended, each once, in the order in which they first ended.</summary>
    public ImmutableArray<StageTiming> Finished { get; init; } = [];

    /// <summary>The stage that is going on; null between stages.</summary>
    public StageStarted? Stage { get; init; }

    public TimeSpan StageBegan { get; init; }

    public long Done { get; init; }

    /// <summary>0 when unknown.</summary>
    public long Total { get; init; }

    /// <summary>When the search is expected to be done with what it has planned; null when that is not known.</summary>
    public TimeSpan? SearchEnds { get; init; }

    /// <summary>The configuration that is being evaluated; null when that is not known.</summary>
    public string? Evaluating { get; init; }

    /// <summary>What the float model scores, once for each metric.</summary>
    public ImmutableArray<BaselineMeasured> Baselines { get; init; } = [];

    /// <summary>The groups of the last ranking, the most harmful first.</summary>
    public ImmutableArray<string> Ranked { get; init; } = [];

    public ImmutableArray<ConfigurationJudged> Judged { get; init; } = [];

    public RunProgress After(RunEvent runEvent, TimeSpan now) => runEvent switch
    {
        StageStarted stage => this with { Stage = stage, StageBegan = now, Done = 0, Total = 0, Evaluating = null },
        StageProgress progress when progress.Stage == Stage?.Stage => this with { Done = progress.Done, Total = progress.Total },
        StageFinished finished => this with { Finished = Add(finished), Stage = Stage?.Stage == finished.Stage ? null : Stage, Done = 0, Total = 0 },
        EvaluationStarted evaluation => this with { Evaluating = evaluation.Configuration, Done = 0, Total = evaluation.Samples },
        BaselineMeasured baseline => this with { Baselines = Baselines.Add(baseline) },
        RankingFinished ranking => this with { Ranked = [.. ranking.Groups] },
        TimeEstimated estimate => this with { SearchEnds = now + TimeSpan.FromSeconds(estimate.SecondsLeft) },
        ConfigurationJudged judged => this with { Judged = Judged.Add(judged) },
        _ => this,
    };

    /// <summary>How long the search, or the current stage, still takes when it goes on as it did; null when that cannot be said.</summary>
    public TimeSpan? TimeLeft(TimeSpan now) => Stage?.Stage is "rank" or "search" or "trim" && SearchEnds is { } end ? TimeSpan.FromSeconds(Math.Max(0, (end - now).TotalSeconds)) :
        Total <= 0 || Done <= 0 || Done > Total || now - StageBegan < TimeSpan.FromSeconds(2) ? null : (now - StageBegan) / Done * (Total - Done);

    // A stage may run more than once (ranking between steps of the search).
    private ImmutableArray<StageTiming> Add(StageFinished finished)
    {
        var index = Finished.ToList().FindIndex(t => t.Stage == finished.Stage);
        return index < 0
            ? Finished.Add(new StageTiming(finished.Stage, finished.Seconds))
            : Finished.SetItem(index, Finished[index] with { Seconds = Finished[index].Seconds + finished.Seconds });
    }
}
