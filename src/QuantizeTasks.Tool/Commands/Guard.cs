using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary>Turns whatever ends a command early into diagnostics and an exit code. Nobody sees a stack trace who did not ask for one.</summary>
/// <param name="view">Where diagnostics are shown.</param>
/// <param name="error">Where a stack trace goes.</param>
/// <param name="showsStackTraces">Whether there is one: <c>--verbosity diag</c>.</param>
internal sealed class Guard(IRunView view, TextWriter error, bool showsStackTraces)
{
    public int Run(Func<int> command, string cancelled) => Run(command, () => cancelled);

    /// <param name="command">What may end early.</param>
    /// <param name="cancelled">What is said when somebody asked for that.</param>
    public int Run(Func<int> command, Func<string> cancelled)
    {
        try
        {
            return command();
        }
        catch (Exception e) when (IsCancellation(e))
        {
            view.Note(cancelled());
            return ExitCodes.Cancelled;
        }
        catch (Exception e)
        {
            var errors = Errors(e);
            foreach (var diagnostic in errors)
                view.Show(diagnostic);
            if (showsStackTraces)
                error.WriteLine(e);
            return ExitCodes.For(errors[0].Code);
        }
    }

    /// <summary>Whether an exception only says that somebody asked to stop. Parallel work wraps it.</summary>
    public static bool IsCancellation(Exception exception) =>
        exception is OperationCanceledException || (exception is AggregateException several && several.Flatten().InnerExceptions.All(e => e is OperationCanceledException));

    private static IReadOnlyList<Diagnostic> Errors(Exception exception) => exception switch
    {
        QuantizeException known => known.Diagnostics,
        AggregateException several when several.Flatten().InnerExceptions.OfType<QuantizeException>().FirstOrDefault() is { } known => known.Diagnostics,
        OutOfMemoryException => [Internal("There is not enough memory. Fewer workers (--workers 1) need less.")],
        _ => [Internal($"This should not have happened ({exception.GetType().Name}: {OneLine(exception.Message)}). It is a defect of the quantizer, not of your project. Please report it with what the same command prints with --verbosity diag added.")],
    };

    private static Diagnostic Internal(string message) => new(DiagnosticCodes.InternalError, DiagnosticSeverity.Error, message);

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
