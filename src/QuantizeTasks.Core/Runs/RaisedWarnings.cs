using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Passes events on and remembers the warnings among them for the record of the run, each once.</summary>
internal sealed class RaisedWarnings(IProgress<RunEvent> events) : IProgress<RunEvent>
{
    private readonly Lock _lock = new();
    private readonly List<Diagnostic> _warnings = [];

    /// <summary>In the order in which they were raised.</summary>
    public ImmutableArray<Diagnostic> All
    {
        get
        {
            lock (_lock)
                return [.. _warnings.Distinct()];
        }
    }

    public void Report(RunEvent value)
    {
        if (value is DiagnosticRaised { Diagnostic: { Severity: DiagnosticSeverity.Warning } warning })
            lock (_lock)
                _warnings.Add(warning);
        events.Report(value);
    }
}
