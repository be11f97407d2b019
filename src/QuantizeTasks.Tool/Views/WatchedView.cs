using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Views;

/// <summary>A view that remembers warnings: every build has to repeat them, also one that has nothing to do.</summary>
internal sealed class WatchedView(IRunView view) : IRunView
{
    private readonly List<Diagnostic> _warnings = [];
    private readonly Lock _gate = new();

    /// <summary>The warnings that were shown, in order.</summary>
    public IReadOnlyList<Diagnostic> Warnings => _warnings;

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

    private void Watch(Diagnostic diagnostic)
    {
        if (diagnostic.Severity != DiagnosticSeverity.Information)
            lock (_gate)
                _warnings.Add(diagnostic);
    }
}
