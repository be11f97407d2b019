using System.Diagnostics;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using Spectre.Console;

namespace QuantizeTasks.Tool.Views;

/// <summary>Draws a run on a terminal and redraws it as it goes on. The picture goes away at the end; what stays is diagnostics and the summary line.</summary>
/// <param name="results">Where the summary line goes.</param>
/// <param name="terminal">Where everything else goes.</param>
/// <param name="ansi">Whether the terminal knows escape codes.</param>
internal sealed class LiveView(TextWriter results, TextWriter terminal, AnsiSupport ansi = AnsiSupport.Detect) : IRunView
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi, Out = new AnsiConsoleOutput(terminal), Interactive = InteractionSupport.No });
    private readonly Lock _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Diagnostic> _raised = [];
    private RunProgress _run = new(TimeSpan.Zero);

    /// <summary>Whether the terminal can be drawn on.</summary>
    public bool CanDraw => _console.Profile.Capabilities.Ansi;

    public T Follow<T>(Func<IProgress<RunEvent>, T> work)
    {
        var screen = new LiveScreen(_console, () => (Math.Max(20, _console.Profile.Width), Math.Max(4, _console.Profile.Height)));
        // The pipeline works on this thread; the timer only draws. Missed ticks are no loss.
        using var timer = new Timer(_ => Draw(screen), null, TimeSpan.Zero, Interval);
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
            screen.Clear();
            foreach (var diagnostic in _raised)
                Show(diagnostic);
            _raised.Clear();
        }
    }

    // Past the drawing library, which would break lines at the terminal's width and with them the paths that people click on.
    public void Show(Diagnostic diagnostic) => terminal.WriteLine(diagnostic);

    public void Note(string text) => terminal.WriteLine(text);

    public void Conclude(RunReport report) => results.WriteLine(Summary.Line(report));

    private void Handle(RunEvent runEvent)
    {
        lock (_gate)
        {
            _run = _run.After(runEvent, _clock.Elapsed);
            if (runEvent is DiagnosticRaised raised)
                _raised.Add(raised.Diagnostic);
        }
    }

    private void Draw(LiveScreen screen)
    {
        RunProgress run;
        lock (_gate)
            run = _run;
        // One picture at a time; a tick that comes while one is drawn is dropped.
        if (!Monitor.TryEnter(screen))
            return;
        try
        {
            screen.Draw((width, height) => LiveFrame.Lines(run, _clock.Elapsed, width, height));
        }
        finally
        {
            Monitor.Exit(screen);
        }
    }
}
