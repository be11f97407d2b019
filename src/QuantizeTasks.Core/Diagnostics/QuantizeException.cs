namespace QuantizeTasks.Diagnostics;

/// <summary>The run cannot go on, and the user can be told why: carries the diagnostics to show instead of a stack trace.</summary>
public sealed class QuantizeException : Exception
{
    /// <summary>Creates an exception from one error.</summary>
    public QuantizeException(string code, string message, SourcePosition? position = null, Exception? innerException = null)
        : this([new Diagnostic(code, DiagnosticSeverity.Error, message, position)], innerException)
    {
    }

    /// <summary>Creates an exception from several errors, of which the first decides the exit code.</summary>
    public QuantizeException(IReadOnlyList<Diagnostic> diagnostics, Exception? innerException = null)
        : base(string.Join(Environment.NewLine, diagnostics), innerException) => Diagnostics = diagnostics;

    /// <summary>The errors, at least one.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }
}
