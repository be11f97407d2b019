namespace QuantizeTasks.Diagnostics;

/// <summary>How much a diagnostic matters.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>Probably a mistake; the run goes on.</summary>
    Warning,

    /// <summary>The run cannot succeed.</summary>
    Error,
}

/// <summary>One message to the user: a stable code, where, what was found and what to do.</summary>
public sealed record Diagnostic(string Code, DiagnosticSeverity Severity, string Message, SourcePosition? Position = null)
{
    /// <summary>MSBuild's canonical form, which it turns into a navigable error.</summary>
    public override string ToString()
    {
        var severity = Severity switch { DiagnosticSeverity.Error => "error", DiagnosticSeverity.Warning => "warning", _ => "info" };
        return Position is { } position ? $"{position}: {severity} {Code}: {Message}" : $"{severity} {Code}: {Message}";
    }
}
