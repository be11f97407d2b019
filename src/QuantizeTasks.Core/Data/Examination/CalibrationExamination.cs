using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>
/// What looks wrong with calibration data, from a few samples of it and of the validation data. Ranges that come from unsuitable samples make int8 models that are bad for reasons that nothing else shows. Every finding is a
/// warning: the verdict rests on the validation data alone.
/// </summary>
internal static class CalibrationExamination
{
    /// <summary>Fewer samples are too few for the mean and the quantiles that range estimators take.</summary>
    private const int Few = 8;

    /// <summary>Below this number a share of the samples says little.</summary>
    private const int EnoughForShares = 8;

    /// <summary>What is wrong.</summary>
    /// <param name="total">How many samples calibration uses.</param>
    /// <param name="calibration">Some of them.</param>
    /// <param name="validation">Some of the validation data; empty when it is the same data, or when there is none.</param>
    /// <param name="position">Where the manifest says what calibration data is.</param>
    public static IReadOnlyList<Diagnostic> Of(int total, IReadOnlyList<SampleSummary> calibration, IReadOnlyList<SampleSummary> validation, SourcePosition position)
    {
        var findings = new List<Diagnostic>();
        void Warn(string code, string message) => findings.Add(new Diagnostic(code, DiagnosticSeverity.Warning, message, position));
        if (total < Few)
            Warn(DiagnosticCodes.CalibrationTooSmall, $"Calibration uses {total} sample{(total == 1 ? "" : "s")}, so ranges are a matter of chance. 100 to 300 that are like what the app sees are usual.");
        if (calibration.Count >= EnoughForShares)
        {
            if (SingleClass(calibration, validation) is { } only)
                Warn(DiagnosticCodes.CalibrationSingleClass, FormattableString.Invariant($"All {calibration.Count} calibration samples that were looked at are of class {only}; the ranges then fit that class alone. Take samples of all classes, or draw them (`shuffle_data: true`) when the data is sorted by class."));
            var repeated = Enumerable.Range(1, calibration.Count - 1).Count(i => calibration.Take(i).Any(other => IsNear(calibration[i], other)));
            if (2 * repeated >= calibration.Count)
                Warn(DiagnosticCodes.CalibrationDuplicates, $"{repeated} of {calibration.Count} calibration samples that were looked at are (nearly) the same as another one, such as neighbouring frames of a video; so many samples say no more than few. Take different ones.");
        }
        foreach (var input in calibration[0].Inputs.Where(i => i.Value.IsFloat).Select(i => i.Key).Order(StringComparer.Ordinal))
            ExamineInput(input, [.. Of(calibration, input)], [.. Of(validation, input)], Warn);
        return findings;
    }

    private static void ExamineInput(string input, InputSummary[] calibration, InputSummary[] validation, Action<string, string> warn)
    {
        var name = input.Length == 0 ? "the input" : $"the input '{input}'";
        var constant = calibration.Count(s => s.Length > 1 && s.Maximum == s.Minimum);
        if (10 * constant > calibration.Length && validation.All(s => s.Maximum > s.Minimum))
            warn(DiagnosticCodes.CalibrationConstant, $"{constant} of {calibration.Length} calibration samples that were looked at have one and the same value throughout {name}, as black images or silence do. Remove them.");
        if (validation.Length == 0)
            return;
        var (own, other) = (Distribution.Of(calibration), Distribution.Of(validation));
        if (other.Deviation <= 0)
            return;
        if (own.Deviation is var deviation && (deviation > 4 * other.Deviation || 4 * deviation < other.Deviation || Math.Abs(own.Mean - other.Mean) > 3 * other.Deviation))
            warn(DiagnosticCodes.CalibrationDiffers, $"The calibration data has values of {own} in {name}, the validation data of {other}: they are not preprocessed alike, or are not the same kind of data. Give both the same `preprocess` steps.");
    }

    private static double? SingleClass(IReadOnlyList<SampleSummary> calibration, IReadOnlyList<SampleSummary> validation)
    {
        // A data set that has one class altogether is no mistake of calibration's.
        var classes = calibration.Select(s => s.Class).Distinct().ToList();
        return classes is [{ } only] && (validation.Count == 0 || validation.Select(s => s.Class).Distinct().Count() > 1) ? only : null;
    }

    private static bool IsNear(SampleSummary a, SampleSummary b) => a.Inputs.All(input => b.Inputs.TryGetValue(input.Key, out var other) && input.Value.IsNear(other));

    private static IEnumerable<InputSummary> Of(IReadOnlyList<SampleSummary> samples, string input) => samples.Select(s => s.Inputs.GetValueOrDefault(input)).OfType<InputSummary>().Where(s => s.IsFloat);

    /// <summary>Of all values of all samples: variances within samples and between them add up.</summary>
    private sealed record Distribution(double Minimum, double Maximum, double Mean, double Deviation)
    {
        public static Distribution Of(InputSummary[] samples)
        {
            var mean = samples.Average(s => s.Mean);
            return new Distribution(samples.Min(s => s.Minimum), samples.Max(s => s.Maximum), mean, Math.Sqrt(samples.Average(s => s.Variance + ((s.Mean - mean) * (s.Mean - mean)))));
        }

        public override string ToString() => FormattableString.Invariant($"{Minimum:G3} to {Maximum:G3} (mean {Mean:G3}, standard deviation {Deviation:G3})");
    }
}
