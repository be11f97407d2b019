using System.Collections.Immutable;
using System.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Says which stage a run is in and how long each took. A stage that is entered again adds up.</summary>
internal sealed class StageClock(IProgress<RunEvent> events)
{
    private static readonly TimeSpan LeastBetweenReports = TimeSpan.FromMilliseconds(100);
    private readonly List<(string Stage, double Seconds)> _finished = [];
    private readonly Lock _gate = new();
    private string? _current;
    private long _enteredAt;
    private long _reportedAt;

    /// <summary>Seconds per stage, in the order they were first entered.</summary>
    public ImmutableArray<StageTiming> Timings => [.. _finished.GroupBy(f => f.Stage, StringComparer.Ordinal).Select(g => new StageTiming(g.Key, g.Sum(f => f.Seconds)))];

    /// <summary>Ends the current stage and begins another.</summary>
    public void Enter(string stage, string description)
    {
        Leave();
        (_current, _enteredAt) = (stage, Stopwatch.GetTimestamp());
        events.Report(new StageStarted(stage, description));
    }

    /// <summary>Ends the current stage.</summary>
    public void Leave()
    {
        if (_current is null)
            return;
        _finished.Add((_current, Stopwatch.GetElapsedTime(_enteredAt).TotalSeconds));
        events.Report(new StageFinished(_current, _finished[^1].Seconds));
        _current = null;
    }

    /// <summary>Reports progress inside the current stage, not more often than somebody could read it. Called from any thread.</summary>
    public void Progress(long done, long total)
    {
        lock (_gate)
        {
            if (_current is null || (done < total && Stopwatch.GetElapsedTime(_reportedAt) < LeastBetweenReports))
                return;
            _reportedAt = Stopwatch.GetTimestamp();
            events.Report(new StageProgress(_current, done, total));
        }
    }
}
