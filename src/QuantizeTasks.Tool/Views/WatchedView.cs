using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Views;

/// <summary>A view that remembers whether anything was wrong: a build that warned must run again and warn again, so it gets no stamp.</summary>
internal sealed class WatchedView(IRunView view) : IRunView
{
    /// <summary>Whether a warning or an error was shown.</summary>
    public bool HasComplained { get; private set; }

    public T Follow<T>(Func<IProgress<RunEvent>, T> work) => view.Follow(progress => work(new SynchronousProgress(runEvent =>
    {
        if (runEvent is DiagnosticRaised raised)
            Watch(raised.Diagnostic);
        progress.Report(runEvent);
    })));

    public void Show(Diagnostic diagnostic)
    {
        Watch(diagnostic);
        view.Show(diagnostic);
    }

    public void Note(string text) => view.Note(text);

    public void Conclude(RunReport report) => view.Conclude(report);

    private void Watch(Diagnostic diagnostic) => HasComplained |= diagnostic.Severity != DiagnosticSeverity.Information;
}
