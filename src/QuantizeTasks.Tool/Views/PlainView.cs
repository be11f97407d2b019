using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Ci;

namespace QuantizeTasks.Tool.Views;

/// <summary>Lines without escape codes, for pipes, logs and terminals that want no drawing.</summary>
/// <param name="results">Where results go.</param>
/// <param name="log">Where everything else goes.</param>
/// <param name="showsProgress">Whether there is a line for every stage and judged configuration.</param>
/// <param name="showsSummary">Whether the summary line is the result.</param>
/// <param name="ci">The build system whose log it is; null for none.</param>
internal sealed class PlainView(TextWriter results, TextWriter log, bool showsProgress, bool showsSummary, CiSystem? ci = null) : IRunView
{
    private readonly Lock _gate = new();

    public T Follow<T>(Func<IProgress<RunEvent>, T> work) => work(new SynchronousProgress(Handle));

    public void Show(Diagnostic diagnostic)
    {
        lock (_gate)
            log.WriteLine(ci?.Annotation(diagnostic) ?? diagnostic.ToString());
    }

    public void Note(string text)
    {
        lock (_gate)
            log.WriteLine(text);
    }

    public void Conclude(RunReport report)
    {
        if (showsSummary)
            results.WriteLine(Summary.Line(report));
    }

    private void Handle(RunEvent runEvent)
    {
        if (runEvent is DiagnosticRaised raised)
            Show(raised.Diagnostic);
        else if (showsProgress && EventText.Of(runEvent) is { } line)
            Note(line);
    }
}
