using System;

namespace QuantizeTasks.Testing;

/// <summary>The int8 model is not within its budget, or none is stated. The message is what a build would show.</summary>
public sealed class BudgetNotMetException : Exception
{
    /// <summary>Creates it from what was measured.</summary>
    public BudgetNotMetException(VerificationReport report)
        : base(MessageOf(report ?? throw new ArgumentNullException(nameof(report)))) => Report = report;

    /// <summary>What was measured.</summary>
    public VerificationReport Report { get; }

    private static string MessageOf(VerificationReport report) =>
        report.Status == "notGated" ? "The manifest states no budget, so there is nothing that the model could be within. Add maximal_drop." : report.Message.Length > 0 ? report.Message : report.Status;
}

/// <summary>Nothing could be proven: neither that the model is within its budget nor that it is not.</summary>
public sealed class VerificationFailedException : Exception
{
    /// <summary>Creates it with the reason.</summary>
    public VerificationFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with the reason and its cause.</summary>
    public VerificationFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
