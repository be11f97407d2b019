using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Views;

/// <summary>A view that remembers what it showed: every build has to repeat warnings, also one that has nothing to do, and what was said goes into the files that a run leaves.</summary>
internal sealed class WatchedView(IRunView view) : IRunView
{
    private readonly List<Diagnostic> _diagnostics = [];
    private readonly Lock _gate = new();

    /// <summary>Every diagnostic that was shown, in order.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>The warnings and errors that were shown, in order.</summary>
    public IReadOnlyList<Diagnostic> Warnings => [.. _diagnostics.Where(d => d.Severity != DiagnosticSeverity.Information)];

    /// <summary>The run that came to its end; null when none did.</summary>
    public RunReport? Report { get; private set; }

    /// <summary>Whether a configuration was judged, so that there is a best one on disk.</summary>
    public bool HasJudged { get; private set; }

    public T Follow<T>(Func<IProgress<RunEvent>, T> work) => view.Follow(progress => work(new SynchronousProgress(runEvent =>
    {
        if (runEvent is DiagnosticRaised raised)
            Watch(raised.Diagnostic);
        HasJudged |= runEvent is ConfigurationJudged;
        progress.Report(runEvent);
    })));

    public void Show(Diagnostic diagnostic)
    {
        Watch(diagnostic);
        view.Show(diagnostic);
    }

    public void Note(string text) => view.Note(text);

    public void Conclude(RunReport report)
    {
        Report = report;
        view.Conclude(report);
    }

    private void Watch(Diagnostic diagnostic)
    {
        lock (_gate)
            _diagnostics.Add(diagnostic);
    }
}
