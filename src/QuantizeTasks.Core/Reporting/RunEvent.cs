using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Reporting;

/// <summary>Something that happened in a run. The pipeline raises them; the live view, plain lines and MSBuild messages are made from them.</summary>
public abstract record RunEvent;

/// <summary>A stage began: <c>wait</c> (for another run of the same manifest), <c>prepare</c>, <c>label</c>, <c>baseline</c>, <c>calibrate</c>, <c>quantize</c>, <c>evaluate</c>, <c>tune</c>, <c>rank</c>, <c>search</c>, <c>trim</c>, <c>latency</c>, <c>publish</c>, <c>explain</c>.</summary>
public sealed record StageStarted(string Stage, string Description) : RunEvent;

/// <summary>A stage ended.</summary>
public sealed record StageFinished(string Stage, double Seconds) : RunEvent;

/// <summary>Progress inside the current stage. Total is 0 when unknown.</summary>
public sealed record StageProgress(string Stage, long Done, long Total) : RunEvent;

/// <summary>The baseline model's metric is known.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Value">Its value.</param>
/// <param name="Samples">On how many samples it was measured; 0 when the manifest states it.</param>
public sealed record BaselineMeasured(string Metric, double Value, int Samples) : RunEvent
{
    /// <summary>What that model is in: <c>float</c> mostly; see <see cref="LayerRecord.RevertedTo"/>.</summary>
    public string Model { get; init; } = "float";
}

/// <summary>A configuration is about to be evaluated, alone; candidates of a ranking are evaluated side by side and raise none.</summary>
/// <param name="Configuration">What it is, for people.</param>
/// <param name="Samples">On how many samples at most; fewer when some are known.</param>
public sealed record EvaluationStarted(string Configuration, int Samples) : RunEvent;

/// <summary>A configuration was judged on the whole validation set.</summary>
public sealed record ConfigurationJudged(IterationRecord Iteration, IReadOnlyList<MetricRecord> Metrics) : RunEvent;

/// <summary>Other settings were tried with everything in int8.</summary>
public sealed record SchemeTried(SchemeRecord Scheme) : RunEvent;

/// <summary>Groups were ranked.</summary>
/// <param name="Metric">The metric that is worked on.</param>
/// <param name="Groups">Names, the most harmful first.</param>
/// <param name="Candidates">How many were ranked.</param>
public sealed record RankingFinished(string Metric, IReadOnlyList<string> Groups, int Candidates) : RunEvent;

/// <summary>How long the search is expected to go on: what it has planned, which is the ranking that goes on and the next validation. When that fails, it plans anew.</summary>
/// <param name="SecondsLeft">From measured costs of sessions and samples.</param>
/// <param name="IsFirst">True for the first estimate of a plan.</param>
public sealed record TimeEstimated(double SecondsLeft, bool IsFirst) : RunEvent;

/// <summary>A diagnostic that does not end the run.</summary>
public sealed record DiagnosticRaised(Diagnostic Diagnostic) : RunEvent;
