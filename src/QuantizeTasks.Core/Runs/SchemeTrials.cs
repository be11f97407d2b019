using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Tells listeners which settings were tried in place of the manifest's, and keeps that for the report.</summary>
internal sealed class SchemeTrials(StageClock clock, IProgress<RunEvent> events)
{
    private readonly ImmutableArray<SchemeRecord>.Builder _records = ImmutableArray.CreateBuilder<SchemeRecord>();

    private Evaluation? _start;

    public ImmutableArray<SchemeRecord> Records => _records.ToImmutable();

    /// <summary>What others are compared with.</summary>
    public void StartFrom(Judgement start) => _start = start.Evaluation;

    /// <summary>Something is about to be tried, for which the model is quantized anew.</summary>
    public void Begin()
    {
        if (_start is not { } evaluation)
            return;
        clock.Enter("tune", "Trying other settings with everything in int8");
        Add(new SchemeTrial("as the manifest says", [.. evaluation.Metrics.Select(m => m.Value)], evaluation.Samples.Length, Kept: true));
        _start = null;
    }

    public void Add(SchemeTrial trial)
    {
        _records.Add(new SchemeRecord(trial.Name, trial.Values, trial.Samples, trial.Kept));
        events.Report(new SchemeTried(_records[^1]));
    }
}
