namespace QuantizeTasks.Diagnostics;

/// <summary>What a diagnostic code means, beyond the message of one occurrence.</summary>
/// <param name="Code">The code, such as <c>QTZ2001</c>.</param>
/// <param name="Title">What is wrong, in a few words.</param>
/// <param name="Explanation">When it is reported and why that is an error.</param>
/// <param name="Remedy">What to do.</param>
public sealed record DiagnosticDescription(string Code, string Title, string Explanation, string Remedy)
{
    /// <summary>What the process returns.</summary>
    public int ExitCode => ExitCodes.For(Code);
}
