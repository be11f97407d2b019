using System.Diagnostics;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using Spectre.Console;

namespace QuantizeTasks.Tool.Views;

/// <summary>Draws a run on a terminal and redraws it as it goes on. The picture goes away at the end; what stays is diagnostics and the summary line.</summary>
internal sealed class LiveView(TextWriter results, TextWriter terminal) : IRunView
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal), Interactive = InteractionSupport.No });
    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Diagnostic> _raised = [];
    private RunProgress _run = new(TimeSpan.Zero);

    public T Follow<T>(Func<IProgress<RunEvent>, T> work)
    {
        try
        {
            return _console.Live(Frame()).AutoClear(true).Start(context => Follow(work, context));
        }
        finally
        {
            foreach (var diagnostic in _raised)
                Show(diagnostic);
        }
    }

    // Past the drawing library, which would break lines at the terminal's width and with them the paths that people click on.
    public void Show(Diagnostic diagnostic) => terminal.WriteLine(diagnostic);

    public void Note(string text) => terminal.WriteLine(text);

    public void Conclude(RunReport report) => results.WriteLine(Summary.Line(report));

    private T Follow<T>(Func<IProgress<RunEvent>, T> work, LiveDisplayContext context)
    {
        // The pipeline works on this thread; the timer only draws. Missed ticks are no loss.
        using var timer = new Timer(_ => Draw(context), null, Interval, Interval);
        try
        {
            return work(new SynchronousProgress(Handle));
        }
        finally
        {
            using var stopped = new ManualResetEvent(false);
            // Nothing may be drawn after the picture is taken down.
            if (timer.Dispose(stopped))
                stopped.WaitOne();
        }
    }

    private void Handle(RunEvent runEvent)
    {
        lock (_gate)
        {
            _run = _run.After(runEvent, _clock.Elapsed);
            if (runEvent is DiagnosticRaised raised)
                _raised.Add(raised.Diagnostic);
        }
    }

    private void Draw(LiveDisplayContext context)
    {
        lock (_gate)
        {
            context.UpdateTarget(Frame());
            context.Refresh();
        }
    }

    private Spectre.Console.Rendering.IRenderable Frame() => LiveFrame.Render(_run, _clock.Elapsed, _console.Profile.Width);
}
