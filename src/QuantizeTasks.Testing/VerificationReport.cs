using System;
using System.Collections.Generic;
using System.Linq;

namespace QuantizeTasks.Testing;

/// <summary>What was measured.</summary>
public sealed class VerificationReport
{
    private VerificationReport(string status, IReadOnlyList<VerifiedMetric> metrics, string json, string message) =>
        (Status, Metrics, Json, Message) = (status, metrics, json, message);

    /// <summary>True only when a budget is stated and was met.</summary>
    public bool IsWithinBudget => Status == "withinBudget";

    /// <summary><c>withinBudget</c>, <c>budgetExceeded</c>, <c>notEnoughEvidence</c>, or <c>notGated</c> when the manifest states no budget.</summary>
    public string Status { get; }

    /// <summary>In the manifest's order.</summary>
    public IReadOnlyList<VerifiedMetric> Metrics { get; }

    /// <summary>What the quantizer said of missed budgets; empty when none was.</summary>
    public string Message { get; }

    /// <summary>The whole record of the run (report.json).</summary>
    public string Json { get; }

    internal static VerificationReport Parse(Dictionary<string, object?> report, string json, string message) =>
        new((string)report["status"]!, [.. ((IEnumerable<object?>)report["metrics"]!).Select(m => VerifiedMetric.Parse((Dictionary<string, object?>)m!))], json, message);
}

/// <summary>One metric of a <see cref="VerificationReport"/>.</summary>
public sealed class VerifiedMetric
{
    private VerifiedMetric(string name, double baseline, double quantized, double drop, double? budget, int samples) =>
        (Name, Baseline, Quantized, Drop, Budget, Samples) = (name, baseline, quantized, drop, budget, samples);

    /// <summary>As in the manifest.</summary>
    public string Name { get; }

    /// <summary>The float model's value.</summary>
    public double Baseline { get; }

    /// <summary>The int8 model's value.</summary>
    public double Quantized { get; }

    /// <summary>How much worse the int8 model is, in the budget's units; negative when it is better.</summary>
    public double Drop { get; }

    /// <summary>The largest drop that is allowed; null without one.</summary>
    public double? Budget { get; }

    /// <summary>How many samples it was measured on.</summary>
    public int Samples { get; }

    internal static VerifiedMetric Parse(Dictionary<string, object?> metric)
    {
        return new((string)metric["name"]!, Number("baseline") ?? double.NaN, Number("quantized") ?? double.NaN, Number("drop") ?? double.NaN, Number("budget"), (int)(Number("samples") ?? 0));

        double? Number(string name) => metric.TryGetValue(name, out var value) && value is not null ? Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture) : null;
    }
}
