using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What is most likely to help when a search missed the budget.</summary>
internal static class Advice
{
    private const int Most = 3;

    /// <summary>Sentences, the most promising first; none when the budget was met.</summary>
    public static ImmutableArray<string> Of(SearchOutcome outcome, CompressionSettings settings, int groups)
    {
        if (outcome.Best.Verdict.WithinBudget)
            return [];
        var accuracy = settings.Accuracy;
        var worst = outcome.Best.Verdict.Metrics[outcome.Best.Verdict.Worst];
        var start = outcome.Steps[0].Judgement.Verdict.Metrics[outcome.Best.Verdict.Worst];
        var format = new MetricFormat(worst.Record(start.Value, outcome.Best.Evaluation.Samples.Length));
        var steps = new List<string>();
        if (outcome.End == SearchEnd.IterationsUsed && accuracy.MaxIterNum > 0)
            steps.Add(Text($"Raise max_iter_num, now {accuracy.MaxIterNum}: {groups - outcome.Best.Configuration.RevertedCount} of {groups} groups were still in int8, and the drop had come from {format.Drop(start.Drop)} to {format.Drop(worst.Drop)}."));
        if (outcome.End == SearchEnd.TimeUsed)
            steps.Add("Raise time_limit: run again, and the search goes on from what it has evaluated until now.");
        if (outcome.End == SearchEnd.GroupsExhausted && outcome.Best.Configuration.RevertedCount < groups)
            steps.Add("Nothing the search may revert gave enough back, so the loss may not come from int8: check baseline_value, the labels and the preprocessing.");
        if (!accuracy.TuneHyperparams)
            steps.Add("Set tune_hyperparams: true, which tries other presets, range estimators and bias corrections before layers are reverted.");
        else if (settings.Quantization.Preset?.Value is "performance" && Rungs.HasFloat(settings))
            steps.Add("Set preset: mixed, which gives activations their full range on both sides of zero.");
        if (settings.Quantization.Weights.Granularity?.Value == "pertensor")
            steps.Add("Remove weights.granularity: pertensor, so that every channel has its own scale.");
        steps.Add(Text($"Allow maximal_drop: {RoundedUp(worst.Drop)} ({format.Drop(worst.Drop)}), which the best configuration meets."));
        steps.Add("Calibrate on more samples, or on samples that are more like the validation data.");
        return [.. steps.Take(Most)];
    }

    /// <summary>Four digits as the manifest has them, not below the drop: rounded down, the budget would be missed again.</summary>
    private static string RoundedUp(double drop)
    {
        var written = drop.ToString("G4", CultureInfo.InvariantCulture);
        if (double.Parse(written, CultureInfo.InvariantCulture) >= drop || !double.IsFinite(drop))
            return written;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(drop))) - 3);
        return (Math.Ceiling(drop / unit) * unit).ToString("G4", CultureInfo.InvariantCulture);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
