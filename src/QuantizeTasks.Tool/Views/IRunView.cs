using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tool.Views;

/// <summary>How a run looks while it goes on: drawn on a terminal, as plain lines, or as JSON lines for a build.</summary>
internal interface IRunView
{
    /// <summary>Runs <paramref name="work"/> and shows the events it raises, which may come from any thread.</summary>
    T Follow<T>(Func<IProgress<RunEvent>, T> work);

    /// <summary>Shows an error, a warning or a hint.</summary>
    void Show(Diagnostic diagnostic);

    /// <summary>Says something to whoever started the run that is neither result nor diagnostic.</summary>
    void Note(string text);

    /// <summary>Shows how a run ended.</summary>
    void Conclude(RunReport report);
}

/// <summary>Hands events on one at a time.</summary>
internal sealed class SynchronousProgress(Action<RunEvent> handle) : IProgress<RunEvent>
{
    private readonly Lock _gate = new();

    public void Report(RunEvent value)
    {
        lock (_gate)
            handle(value);
    }
}
